import type { Inspect, MountPoint } from "../../docker/engine/engine.js";
import type { EngineSocket } from "../../docker/engine/guard.js";

const USUAL = "/var/run/docker.sock";
const UNIX = "unix://";

/**
 * How the Engine is reached from a container, so that another one can reach it
 * the same way. Throws where that is not by a socket that is mounted: a guard
 * has no network, and is never given a socket that its sidecar does not have.
 */
export function engineSocket({
  Config,
  Mounts = [],
}: Pick<Inspect, "Config" | "Mounts">): EngineSocket {
  const host = Config.Env?.find((entry) => entry.startsWith("DOCKER_HOST="))
    ?.slice("DOCKER_HOST=".length)
    .trim();
  if (host && !host.startsWith(UNIX)) {
    throw new Error(
      `DOCKER_HOST is ${host}: the sidecar takes the Engine's unix socket only, or that of a proxy, as unix:///PATH in a volume or a folder that is mounted`,
    );
  }
  const path = host ? host.slice(UNIX.length) : USUAL;
  const mount = Mounts.filter(({ Destination }) => leadsTo(Destination, path))
    .sort((a, b) => a.Destination.length - b.Destination.length)
    .at(-1);
  if (!mount) {
    throw new Error(
      `the Engine's socket, ${path}, is not mounted: add \`/var/run/docker.sock:${path}\` to the volumes of the sidecar's service`,
    );
  }
  return {
    source: sourceOf(mount),
    target: mount.Destination,
    ...(host && { host }),
  };
}

/** Whether a path is what is mounted there, or in it. */
function leadsTo(mount: string, path: string): boolean {
  const [at, wanted] = [clean(mount), clean(path)];
  return wanted === at || wanted.startsWith(`${at}/`);
}

/** In the sidecar's image, as in most, /var/run is a link to /run. */
const clean = (path: string): string =>
  path.replace(/^\/var\/run(?=\/|$)/, "/run").replace(/\/+$/, "");

const sourceOf = ({ Type, Name, Source }: MountPoint): string =>
  (Type === "volume" ? Name : Source) ?? "";
