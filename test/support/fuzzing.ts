import fc from "fast-check";

/** How much more is tried than in `npm test`: SIDESTEP_FUZZ, a factor. */
const FACTOR = Number(process.env["SIDESTEP_FUZZ"] ?? 1);

/** How often a property is tried, of how often it is in `npm test`. */
export const runs = (usual: number): number =>
  Math.max(1, Math.round(usual * FACTOR));

/** A property may take so long, in milliseconds, before it counts as failed. */
export const limit = (usual: number): number =>
  Math.max(180_000, runs(usual) * 300);

/**
 * Checks a property so many times. A failure prints its seed and path, which
 * SIDESTEP_FUZZ_SEED and SIDESTEP_FUZZ_PATH give back to the same property.
 */
export async function check<T>(
  usual: number,
  arbitrary: fc.Arbitrary<T>,
  holds: (value: T) => Promise<void> | void,
): Promise<void> {
  const seed = process.env["SIDESTEP_FUZZ_SEED"];
  const path = process.env["SIDESTEP_FUZZ_PATH"];
  const property = fc.asyncProperty(arbitrary, async (value) => holds(value));
  await fc.assert(property, {
    numRuns: runs(usual),
    ...(seed ? { seed: Number(seed) } : {}),
    ...(path ? { path } : {}),
    // A failure that shows as silence takes seconds each time it is made smaller.
    plugins: [
      fc.interruptAfterTimeLimit(limit(usual) - 20_000, {
        failOnInterrupt: true,
      }),
    ],
  });
}
