import * as errors from "../errors.js";
import { exampleOf, formatExample } from "../overlap/example.js";
import { findOverlap } from "../overlap/overlap.js";
import { formatMatch, type SessionSpec } from "../schema/index.js";
import { sameRank } from "./precedence.js";
import type { DesiredSession, TargetView } from "./world.js";

/** A session, and the containers and the port that its target names. */
export interface Placed {
  session: Pick<DesiredSession, "name" | "spec">;
  view: TargetView;
}

/**
 * Why a session cannot be beside the others: one of them may match the same
 * request, and nothing says which of the two is to take it. Undefined: it can.
 */
export function conflict(
  { spec }: { spec: SessionSpec },
  view: TargetView,
  others: Placed[],
): errors.UserError | undefined {
  for (const other of others) {
    const theirs = other.session.spec;
    if (!sameTraffic(view, other.view) || !sameRank(spec, theirs)) continue;
    const overlap = findOverlap(spec.match ?? [], theirs.match ?? []);
    if (!overlap) continue;
    const { target, priority = 0 } = spec;
    const of = { target, priority, other: other.session.name };
    if (!spec.match) return errors.everythingTaken(of);
    const example = exampleOf(overlap);
    return errors.matchTaken({
      ...of,
      mine: formatMatch([overlap.a]),
      theirs: formatMatch([overlap.b]),
      example: example && formatExample(example),
    });
  }
  return undefined;
}

/**
 * The targets, but for sessions of the environment that are in conflict: nobody
 * can refuse to create these, so they wait until the other one is gone.
 */
export function withConflicts(
  sessions: Pick<DesiredSession, "name" | "spec" | "source">[],
  targets: Record<string, TargetView>,
): Record<string, TargetView> {
  const result = { ...targets };
  // Who was let in goes first; those of the environment in their order.
  const waiting = (session: { source: string }) =>
    session.source === "environment";
  const placed: Placed[] = [];
  for (const session of [
    ...sessions.filter((each) => !waiting(each)),
    ...sessions.filter(waiting),
  ]) {
    const view = targets[session.name];
    if (!view) continue;
    const problem = waiting(session)
      ? conflict(session, view, placed)
      : undefined;
    if (problem) result[session.name] = { problem };
    else placed.push({ session, view });
  }
  return result;
}

/** Whether two targets have a container and its port in common. */
function sameTraffic(a: TargetView, b: TargetView): boolean {
  if (a.problem || b.problem || a.port !== b.port) return false;
  const ids = a.containers.map((container) => container.inspect.Id);
  return b.containers.some(({ inspect }) => ids.includes(inspect.Id));
}
