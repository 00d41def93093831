import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import type { Engine } from "../../docker/engine/engine.js";
import { HOPELESS } from "./plan/interceptor.js";
import type { OurContainer } from "./world.js";

const LINES = 20;
const TRIES = 3;
/** One that says why it can never do its work is worth waiting for. */
const TRIES_IF_HOPELESS = 30;
const RETRY_MS = 100;

/**
 * The last words of what has ended, once, into `known`, by container. What says
 * nothing yet is asked again the next time; what runs again is forgotten.
 */
export async function readLastWords(
  engine: Pick<Engine, "logs">,
  ours: readonly OurContainer[],
  known: Record<string, string[]>,
): Promise<void> {
  for (const { name, inspect } of ours) {
    const ended = inspect.State.Status === "exited";
    if (!ended) delete known[name];
    if (!ended || name in known) continue;
    const lines = await lastLines(engine, inspect);
    if (lines.length > 0 || inspect.State.ExitCode === 0) known[name] = lines;
  }
}

/** A log may be complete a moment later than the container's end is seen. */
async function lastLines(
  engine: Pick<Engine, "logs">,
  { Id, Config, State }: OurContainer["inspect"],
): Promise<string[]> {
  const tries = HOPELESS.has(State.ExitCode) ? TRIES_IF_HOPELESS : TRIES;
  for (let tried = 0; tried < tries; tried++) {
    const lines = await engine
      .logs(Id, Config["Tty"] === true, { tail: LINES })
      .then((stream) => text(stream))
      .then((all) => all.split(/\r?\n/).filter(Boolean))
      .catch(() => []);
    if (lines.length > 0) return lines;
    await setTimeout(RETRY_MS);
  }
  return [];
}
