import { setTimeout as delay } from "node:timers/promises";
import { VOLUME_MOUNT } from "../../sidecar/schema/constants.js";
import { frozenOriginals } from "./frozen.js";
import { GOODBYE_SECONDS } from "./interceptor.js";
import * as label from "./labels.js";
import { cleanupSpec } from "./look.js";
import type { LightEngine, Row } from "./reach/light-engine.js";

/** What sidecars that are gone have left in the Engine. */
export interface Leftovers {
  containers: Row[];
  volumes: string[];
}

/** The name of the volume that a sidecar shares with what it creates. */
export function volumeOf(sidecar: Row): string | undefined {
  return sidecar.mounts.find((mount) => mount.Destination === VOLUME_MOUNT)
    ?.Name;
}

/** What belongs to no sidecar that exists, be it stopped. */
export async function findLeftovers(engine: LightEngine): Promise<Leftovers> {
  const [rows, volumes] = await Promise.all([
    engine.list([label.ROLE]),
    engine.volumes(label.OWNER),
  ]);
  const owners = rows
    .filter((row) => row.labels[label.ROLE] === "sidecar")
    .map(volumeOf);
  const containers = rows.filter(
    ({ labels }) =>
      labels[label.ROLE] !== "sidecar" &&
      labels[label.OWNER] !== undefined &&
      !owners.includes(labels[label.OWNER]),
  );
  const named = [
    ...containers.map(({ labels }) => labels[label.OWNER] ?? ""),
    ...volumes.map(({ name }) => name).filter((name) => !owners.includes(name)),
  ];
  return { containers, volumes: [...new Set(named)].sort() };
}

/** What one owner has left, so far. */
export async function leftBy(
  engine: LightEngine,
  volume: string,
): Promise<Row[]> {
  return engine.list([`${label.OWNER}=${volume}`]);
}

/** How long a volume may stay in use by what is being removed. */
const IN_USE_MS = 5_000;
const LOOK_MS = 200;

/**
 * Puts back what was left: thaws originals, lets interceptors take their rules
 * away, removes containers, then volumes. Says each.
 */
export async function putBack(
  engine: LightEngine,
  { containers, volumes }: Leftovers,
  say: (line: string) => void,
): Promise<void> {
  // First of all: it would do the same at the same time.
  for (const row of byRole(containers, "guard")) {
    await engine.remove(row.id);
    say(`guard ${row.name} removed`);
  }
  for (const id of await frozenOriginals(engine, containers)) {
    await engine.unpause(id);
    const name = (await engine.inspect(id))?.Name.replace(/^\//, "");
    say(`container ${name ?? id.slice(0, 12)} thawed`);
  }
  for (const row of byRole(containers, "interceptor")) {
    if (row.state === "running") await engine.stop(row.id, GOODBYE_SECONDS);
    else await removeRules(engine, row, say);
    await engine.remove(row.id);
    say(`interceptor ${row.name} removed`);
  }
  for (const row of containers) {
    const role = row.labels[label.ROLE] ?? "";
    if (["guard", "interceptor"].includes(role)) continue;
    await engine.remove(row.id);
    const session = row.labels[label.SESSION];
    say(`${role} ${row.name} removed${session ? ` (session/${session})` : ""}`);
  }
  for (const volume of volumes) {
    if (await removeVolume(engine, volume)) say(`volume ${volume} removed`);
    else say(`volume ${volume} is still in use, and stays`);
  }
}

/** False where something else goes on using it. */
export async function removeVolume(
  engine: Pick<LightEngine, "removeVolume">,
  volume: string,
): Promise<boolean> {
  const deadline = Date.now() + IN_USE_MS;
  while (!(await engine.removeVolume(volume))) {
    if (Date.now() > deadline) return false;
    await delay(LOOK_MS);
  }
  return true;
}

/** The rules of an interceptor that was killed are without effect, but there. */
async function removeRules(
  engine: LightEngine,
  interceptor: Row,
  say: (line: string) => void,
): Promise<void> {
  const target = await engine.inspect(interceptor.labels[label.TARGET] ?? "");
  if (!target?.State.Running) return; // its namespace is gone, and they with it
  const inspect = await engine.inspect(interceptor.id);
  const mode = inspect?.HostConfig.NetworkMode;
  if (!inspect || !mode?.startsWith("container:")) return;
  const spec = cleanupSpec(interceptor, inspect.Image, mode);
  for (const line of await engine.run(spec)) {
    if (!line.startsWith("removed ")) continue;
    const table = line.slice("removed ".length);
    say(`rules ${table} in ${target.Name.replace(/^\//, "")} removed`);
  }
}

const byRole = (rows: Row[], role: label.Role): Row[] =>
  rows.filter((row) => row.labels[label.ROLE] === role);
