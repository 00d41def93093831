import { z } from "zod";
import type { Engine, Summary } from "./engine.js";
import * as label from "./labels.js";

/**
 * The ids of paused containers that our sessions froze (`original: pause`), as
 * the labels of interceptors and replicas tell: a container that a user paused
 * himself is not among them.
 */
export async function frozenOriginals(
  engine: Pick<Engine, "inspect">,
  ours: Summary[],
): Promise<string[]> {
  const freezes = ours.some(
    (row) => row.labels[label.ROLE] === "replica" && asksForPause(row),
  );
  if (!freezes) return [];
  const targets = new Set(
    ours
      .map((row) => row.labels[label.TARGET])
      .filter((id) => id !== undefined),
  );
  const frozen: string[] = [];
  for (const id of targets) {
    const inspect = await engine.inspect(id);
    if (inspect?.State.Paused) frozen.push(id);
  }
  return frozen;
}

/** This one field alone: the rest may be of a version that is not ours. */
const Freezing = z.object({ original: z.literal("pause") });

function asksForPause(row: Summary): boolean {
  try {
    const spec: unknown = JSON.parse(row.labels[label.SPEC] ?? "");
    return Freezing.safeParse(spec).success;
  } catch {
    return false;
  }
}
