import { setTimeout as delay } from "node:timers/promises";
import { VOLUME_MOUNT } from "../../sidecar/schema/constants.js";
import type { CreateSpec } from "./engine.js";
import { frozenOriginals } from "./frozen.js";
import { GOODBYE_SECONDS } from "./interceptor.js";
import * as label from "./labels.js";
import { cleanupSpec } from "./look.js";
import type { LightEngine, Row } from "./reach/light-engine.js";

/** What sidecars that are gone, or dead, have left in the Engine. */
export interface Leftovers {
  containers: Row[];
  volumes: string[];
}

/** The name of the volume that a sidecar shares with what it creates. */
export function volumeOf(sidecar: Row): string | undefined {
  return sidecar.mounts.find((mount) => mount.Destination === VOLUME_MOUNT)
    ?.Name;
}

/** What belongs to no sidecar that lives, or could come back to it: whichever version has made it. */
export async function findLeftovers(engine: LightEngine): Promise<Leftovers> {
  const [rows, volumes] = await Promise.all([
    engine.list([label.ROLE]),
    engine.volumes(label.OWNER),
  ]);
  const sidecars = byRole(rows, "sidecar");
  const dead = await deadAmong(engine, sidecars, rows);
  const owners = sidecars.filter((row) => !dead.includes(row)).map(volumeOf);
  const containers = rows.filter(
    (row) =>
      dead.includes(row) ||
      (row.labels[label.ROLE] !== "sidecar" &&
        row.labels[label.OWNER] !== undefined &&
        !owners.includes(row.labels[label.OWNER])),
  );
  const named = [
    ...containers.map(ownerOf).filter((name) => name !== undefined),
    ...volumes.map(({ name }) => name).filter((name) => !owners.includes(name)),
  ];
  return { containers, volumes: [...new Set(named)].sort() };
}

/** What it is of, by the name of the volume. */
const ownerOf = (row: Row): string | undefined =>
  row.labels[label.ROLE] === "sidecar"
    ? volumeOf(row)
    : row.labels[label.OWNER];

/** How a process ended that was killed. */
const KILLED = 137;

/**
 * Sidecars that were killed, or have left behind more than the guard that is to
 * put it back. One that was stopped in order has left nothing, and can be
 * started again.
 */
async function deadAmong(
  engine: LightEngine,
  sidecars: Row[],
  rows: Row[],
): Promise<Row[]> {
  const hasEnded = ({ state }: Row) => /^(exited|dead)$/.test(state);
  const taken = sidecars.filter((row) => !hasEnded(row)).map(volumeOf);
  // What it made is another's by now, where that has its volume.
  const ended = sidecars.filter(
    (row) => hasEnded(row) && !taken.includes(volumeOf(row)),
  );
  const verdicts = await Promise.all(
    ended.map(async (sidecar) => {
      const left = rows.some(
        ({ labels }) =>
          labels[label.OWNER] !== undefined &&
          labels[label.OWNER] === volumeOf(sidecar) &&
          labels[label.ROLE] !== "guard",
      );
      if (left) return true;
      return (await engine.inspect(sidecar.id))?.State.ExitCode === KILLED;
    }),
  );
  return ended.filter((_, index) => verdicts[index]);
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

/** Removed first of all: they would do the same at the same time, or begin anew. */
const FIRST: label.Role[] = ["guard", "sidecar"];

/**
 * Puts back what was left: thaws originals, lets interceptors take their rules
 * away, removes containers, then volumes. Says each.
 */
export async function putBack(
  engine: LightEngine,
  { containers, volumes }: Leftovers,
  say: (line: string) => void,
): Promise<void> {
  for (const role of FIRST) {
    for (const row of byRole(containers, role)) {
      await engine.remove(row.id);
      say(`${role} ${row.name} removed`);
    }
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
    if (["guard", "sidecar", "interceptor"].includes(role)) continue;
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
  for (const table of await tablesRemoved(engine, spec)) {
    say(`rules ${table} in ${target.Name.replace(/^\//, "")} removed`);
  }
}

/** Runs what removes rules; the tables that it has removed. */
export async function tablesRemoved(
  engine: Pick<LightEngine, "run">,
  spec: CreateSpec,
): Promise<string[]> {
  const lines = await engine.run(spec);
  return lines
    .filter((line) => line.startsWith(REMOVED))
    .map((line) => line.slice(REMOVED.length));
}

const REMOVED = "removed ";

const byRole = (rows: Row[], role: label.Role): Row[] =>
  rows.filter((row) => row.labels[label.ROLE] === role);
