import type { KitState } from "../links/kits.js";
import type { SessionSpec } from "../schema/index.js";
import type { Hazard } from "./hazards.js";

/** How the kit's notices of hazards begin. */
export const HAZARD = "Hazard";

/** Notices of what does no harm while the original is frozen. */
const ONLY_BESIDE_THE_ORIGINAL = new Set([
  "HazardScheduler",
  "HazardConsumer",
  "HazardSqliteShared",
]);

/**
 * What is risky in running the app a second time, for people, most important
 * first: what its command does, then what the kit sees inside. Pure.
 */
export function risks(
  spec: SessionSpec,
  hazards: Hazard[],
  kit: KitState | undefined,
): string[] {
  const frozen = spec.original === "pause";
  const outside = hazards.filter(({ kind }) => !frozen || kind === "migration");
  const inside = (kit?.notices ?? []).filter(
    ({ reason }) =>
      reason.startsWith(HAZARD) &&
      !(frozen && ONLY_BESIDE_THE_ORIGINAL.has(reason)),
  );
  return [...outside, ...inside].map(({ message }) => message);
}
