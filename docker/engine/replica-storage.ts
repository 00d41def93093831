import { posix } from "node:path";
import type { Inspect, MountPoint } from "./engine.js";
import { sharedVolume } from "./shared-volume.js";

type Mount = Record<string, unknown> & { Target: string };

/**
 * The target's storage, as `Binds` and `Mounts`, and the shared volume,
 * read-only. Anonymous volumes and those of `VolumesFrom` are named one by
 * one: the replica sees the same data, and its removal deletes none of it.
 */
export function storage(
  target: Inspect,
  volume: string,
): { Binds: string[]; Mounts: unknown[] } {
  const points = new Map(
    (target.Mounts ?? []).map((point) => [clean(point.Destination), point]),
  );
  // A bind that is only a path is an anonymous volume: it is in `Mounts[]`.
  const binds = (target.HostConfig.Binds ?? []).filter((b) => b.includes(":"));
  const own = target.HostConfig.Mounts ?? [];
  const known = new Set([
    ...binds.map((bind) => clean(bind.split(":")[1] ?? "")),
    ...own.map((mount) => clean(mount.Target)),
  ]);
  // The Engine lists mounts in random order, which must not look like a change.
  const others = [...points]
    .filter(([at, { Type }]) => !known.has(at) && /^(volume|bind)$/.test(Type))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, point]) => named(point));
  return {
    Binds: binds.map(rebind),
    Mounts: [
      ...own.map((mount) => remount(mount, points.get(clean(mount.Target)))),
      ...others,
      ...sharedVolume(volume),
    ],
  };
}

/**
 * A private SELinux label (`Z`) would take the files from the original, a
 * shared one (`z`) does not. An empty volume is not filled from the image:
 * the original would see files appear.
 */
function rebind(bind: string): string {
  const [source = "", path = "", mode = ""] = bind.split(":");
  const options = mode.split(",").filter((option) => option !== "");
  const shared = options.map((option) => (option === "Z" ? "z" : option));
  if (!source.startsWith("/") && !shared.includes("nocopy")) {
    shared.push("nocopy");
  }
  return [source, path, ...(shared.length ? [shared.join(",")] : [])].join(":");
}

function remount(mount: Mount, point: MountPoint | undefined): Mount {
  if (mount["Type"] !== "volume") return mount;
  return {
    ...mount,
    Source: mount["Source"] || point?.Name,
    VolumeOptions: { ...(mount["VolumeOptions"] as object), NoCopy: true },
  };
}

function named(point: MountPoint): Mount {
  const common = { Target: point.Destination, ReadOnly: point.RW === false };
  if (point.Type === "volume") {
    return {
      Type: "volume",
      Source: point.Name,
      ...common,
      VolumeOptions: { NoCopy: true },
    };
  }
  return {
    Type: "bind",
    Source: point.Source,
    ...common,
    ...(point.Propagation
      ? { BindOptions: { Propagation: point.Propagation } }
      : {}),
  };
}

/** Paths as the Engine compares them: `/data/` is `/data`. */
const clean = (path: string): string => posix.resolve("/", path);
