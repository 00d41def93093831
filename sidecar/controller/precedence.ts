import type { DesiredSession } from "./world.js";

type Ranked = Pick<DesiredSession, "name" | "created" | "spec">;

/**
 * The order in which the sessions of one target are asked: the higher priority
 * first, then those with a match before one that takes everything, then the
 * older, then by name. The first that matches takes a request.
 */
export function byPrecedence(a: Ranked, b: Ranked): number {
  return (
    priorityOf(b) - priorityOf(a) ||
    Number(takesEverything(a)) - Number(takesEverything(b)) ||
    compare(a.created, b.created) ||
    compare(a.name, b.name)
  );
}

/** Whether the order of two sessions is nobody's choice: no priority, and both specific, or neither. */
export function sameRank(a: Ranked["spec"], b: Ranked["spec"]): boolean {
  return (
    priorityOf({ spec: a }) === priorityOf({ spec: b }) &&
    takesEverything({ spec: a }) === takesEverything({ spec: b })
  );
}

const priorityOf = ({ spec }: Pick<Ranked, "spec">) => spec.priority ?? 0;
const takesEverything = ({ spec }: Pick<Ranked, "spec">) => !spec.match;
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
