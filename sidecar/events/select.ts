import type { Event } from "../schema/index.js";

/**
 * Whether an event is among those that a query asks for: `for` is the object,
 * or the session that it concerns; `types` is a list with commas.
 */
export function isAskedFor(
  { status }: Event,
  query: Record<string, unknown>,
): boolean {
  const { for: wanted, types } = query;
  const about =
    wanted === undefined ||
    status.object === wanted ||
    (status.session !== undefined && `session/${status.session}` === wanted);
  const ofType =
    typeof types !== "string" || types.split(",").includes(status.type);
  return about && ofType;
}
