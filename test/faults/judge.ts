import type { Measured } from "./measure.js";
import { limitsOf, promised } from "./promises.js";

/** The promises that a cell breaks, in words; none: it passes. */
export function broken(cell: Measured): string[] {
  const promise = promised(cell.victim, cell.fault, cell.stage);
  const limits = limitsOf(cell.victim);
  const wrong: string[] = [];
  if (promise.others && cell.fresh.failed > 0)
    wrong.push(`${cell.fresh.failed} new requests of others failed`);
  if (promise.others && cell.victim !== "nginx" && cell.kept.failed > 0)
    wrong.push(
      `${cell.kept.failed} requests of others on new kept connections failed`,
    );
  if (promise.orderly && promise.others) {
    const held = cell.heldFresh + (cell.victim === "nginx" ? 0 : cell.heldKept);
    if (held > 0) wrong.push(`${held} requests of others in hand were lost`);
  }
  if (promise.goesBack && !within(cell.atOriginal, limits.back))
    wrong.push("her requests did not go to the original");
  if (promise.comesBack && !within(cell.again, limits.again))
    wrong.push("the session did not come back");
  if (promise.recovers && !cell.recovered)
    wrong.push("in the end not all requests are answered again");
  if (promise.ends && !cell.over) wrong.push("the session is not over");
  if (cell.left.length > 0) wrong.push(`left: ${cell.left.join(", ")}`);
  return wrong;
}

const within = (ms: number | undefined, limit: number): boolean =>
  ms !== undefined && ms <= limit;
