import type { SessionSpec } from "../schema/index.js";
import { conflict, type Placed } from "./conflict.js";
import type { Eyes } from "./observe.js";
import { resolveTarget } from "./target.js";
import type { DesiredSession, World } from "./world.js";

/** Throws the reason why there cannot be a session with this spec beside the others. */
export async function admitBeside(
  eyes: Eyes,
  world: World,
  spec: SessionSpec,
  beside: DesiredSession[],
): Promise<void> {
  const rows = await eyes.engine.list();
  const viewOf = (of: SessionSpec) =>
    resolveTarget(eyes.engine, eyes.self, rows, of, eyes.listening);
  const view = await viewOf(spec);
  if (view.problem) throw view.problem;
  const others = beside.map(async (session): Promise<Placed> => {
    // One that was created a moment ago is not in the world yet.
    const seen = world.targets[session.name] ?? (await viewOf(session.spec));
    return { session, view: seen };
  });
  const refusal = conflict({ spec }, view, await Promise.all(others));
  if (refusal) throw refusal;
}
