import { readFile } from "node:fs/promises";
import { hostname } from "node:os";
import type { Engine } from "../../docker/engine/engine.js";
import * as label from "../../docker/engine/labels.js";
import { API_PORT, VOLUME_MOUNT } from "../schema/index.js";
import { engineSocket } from "./engine-socket.js";
import type { Self } from "./world.js";

const LOOPBACK = ["127.0.0.1", "localhost", "[::1]"];

/**
 * Who the sidecar is, from its own inspect data. Rejects with what is missing
 * in the way it was started.
 */
export async function lookAtSelf(engine: Engine): Promise<Self> {
  const inspect = await engine.inspect(await ownId());
  if (!inspect) {
    throw new Error(
      "the sidecar does not find its own container through the Engine: is the mounted socket that of the Engine it runs in?",
    );
  }
  const mounts = inspect.Mounts ?? [];
  const volume = mounts.find((m) => m.Destination === VOLUME_MOUNT)?.Name;
  if (!volume) {
    throw new Error(
      `no volume is mounted at ${VOLUME_MOUNT}: add \`sidestep:${VOLUME_MOUNT}\` to the volumes of the sidecar's service`,
    );
  }
  const { User: user, Labels: labels, Env: env } = inspect.Config;
  const { GroupAdd: groups } = inspect.HostConfig;
  const published = inspect.NetworkSettings.Ports?.[`${API_PORT}/tcp`] ?? [];
  const ports = [API_PORT, ...published.map((binding) => binding.HostPort)];
  return {
    id: inspect.Id,
    name: inspect.Name.replace(/^\//, ""),
    image: inspect.Image,
    volume,
    project: label.sidecarProject(labels) ?? "",
    socket: engineSocket(inspect),
    user: typeof user === "string" ? user : "",
    groups: Array.isArray(groups) ? groups.map(String) : [],
    networks: Object.keys(inspect.NetworkSettings.Networks ?? {}),
    plane: !env?.includes("SIDESTEP_PLANE=0"),
    addresses: ports.flatMap((port) =>
      LOOPBACK.map((host) => `${host}:${port}`),
    ),
  };
}

/** From the files that the Engine mounts; the host name may be the user's own. */
async function ownId(): Promise<string> {
  const mounts = await readFile("/proc/self/mountinfo", "utf8");
  return /\/containers\/([0-9a-f]{64})\//.exec(mounts)?.[1] ?? hostname();
}
