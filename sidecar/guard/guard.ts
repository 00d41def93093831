import { setTimeout as delay } from "node:timers/promises";
import type { Engine, Summary } from "../../docker/engine/engine.js";
import { frozenOriginals } from "../../docker/engine/frozen.js";
import { endInterceptor } from "../../docker/engine/end-interceptor.js";
import * as label from "../../docker/engine/labels.js";
import {
  createLostSocket,
  SOCKET_LOST,
} from "../../docker/engine/lost-socket.js";

const LOOK_MS = 500;

/** A frozen original is thawed when the sidecar has been dead for this long. */
const THAW_MS = 2_000;
/** What is left is removed when no sidecar has come back for this long. */
const RESTART_MS = 10_000;
/** A sidecar that was stopped may still be removed: its volume goes with it. */
const REMOVAL_MS = 15_000;

/** Whom the guard watches, and the mark of what it may take away. */
export interface Guarded {
  sidecar: string;
  volume: string;
}

/** What the guard sees of the sidecar. */
type Sight = "alive" | "stopped" | "gone" | "replaced";

/**
 * Watches a sidecar until it is gone, and puts back what it left: thaws, then
 * removes containers, then the volume. Resolves when there is nothing left to
 * guard, or it can see nothing any more: the sidecar, started again, makes another.
 */
export async function guard(
  engine: Engine,
  guarded: Guarded,
  say: (line: string) => void,
  isLost = createLostSocket(),
): Promise<void> {
  let dead = 0;
  let cleaned = false;
  let lost = false;
  // What fails is said, and tried again at the next look.
  const tried = (work: Promise<void>) =>
    work.then(
      () => true,
      (error: Error) => {
        say(error.message);
        return false;
      },
    );
  for (;;) {
    const seen = await look(engine, guarded).catch((error: unknown) => {
      lost = isLost(error);
    });
    if (lost) return say(SOCKET_LOST);
    // An Engine that does not answer says nothing of the sidecar.
    if (!seen) {
      await delay(LOOK_MS);
      continue;
    }
    if (seen.sight === "replaced") return say("another sidecar has taken over");
    if (seen.sight === "alive") {
      dead = 0;
      cleaned = false;
    } else {
      dead ||= Date.now();
      const since = Date.now() - dead;
      if (since >= THAW_MS) await tried(thaw(engine, seen.ours, say));
      const late = since >= (seen.sight === "gone" ? THAW_MS : RESTART_MS);
      if (late && !cleaned) cleaned = await clean(engine, seen.ours, say);
      if (seen.sight === "gone" && seen.ours.length === 0) {
        // What has just been removed may still have it, for the Engine.
        if (await tried(engine.removeVolume(guarded.volume)))
          return say(`removed volume ${guarded.volume}`);
        if (since >= REMOVAL_MS) return;
      }
      if (seen.sight === "stopped" && cleaned && since >= REMOVAL_MS) return;
    }
    await delay(LOOK_MS);
  }
}

async function look(
  engine: Engine,
  { sidecar, volume }: Guarded,
): Promise<{ sight: Sight; ours: Summary[] }> {
  const all = await engine.list([label.ROLE]);
  const self = all.find((row) => row.id === sidecar);
  const ours = all.filter(
    (row) =>
      row.labels[label.OWNER] === volume &&
      !["sidecar", "guard"].includes(row.labels[label.ROLE] ?? ""),
  );
  if (self?.state === "running" || self?.state === "paused") {
    return { sight: "alive", ours };
  }
  if (self) return { sight: "stopped", ours };
  // Compose recreates under another id: whoever has the volume takes over.
  for (const row of all) {
    if (row.labels[label.ROLE] !== "sidecar" || row.state !== "running")
      continue;
    const inspect = await engine.inspect(row.id);
    if (inspect?.Mounts?.some((mount) => mount.Name === volume)) {
      return { sight: "replaced", ours };
    }
  }
  return { sight: "gone", ours };
}

async function thaw(
  engine: Engine,
  ours: Summary[],
  say: (line: string) => void,
): Promise<void> {
  for (const id of await frozenOriginals(engine, ours)) {
    await engine.unpause(id);
    say(`thawed ${id.slice(0, 12)}`);
  }
}

/** True when everything could be removed. */
async function clean(
  engine: Engine,
  ours: Summary[],
  say: (line: string) => void,
): Promise<boolean> {
  let whole = true;
  for (const row of ours) {
    try {
      if (row.labels[label.ROLE] === "interceptor") {
        await endInterceptor(engine, row.id, true);
      } else await engine.remove(row.id);
      say(`removed ${row.name}`);
    } catch (error) {
      whole = false;
      say((error as Error).message);
    }
  }
  return whole;
}
