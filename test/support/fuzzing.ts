import fc from "fast-check";
import { afterAll, beforeAll, expect } from "vitest";

/** How much more is tried than in `npm test`: SIDESTEP_FUZZ, a factor. */
const FACTOR = Number(process.env["SIDESTEP_FUZZ"] ?? 1);

/**
 * In `npm test` the same is tried each time: what it says is of the change that
 * it is asked about. What nobody has thought of yet is for `npm run fuzz`.
 */
const USUAL_SEED = FACTOR === 1 ? 20_261_126 : undefined;

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
  const seed = process.env["SIDESTEP_FUZZ_SEED"] ?? USUAL_SEED;
  const path = process.env["SIDESTEP_FUZZ_PATH"];
  const property = fc.asyncProperty(arbitrary, async (value) => holds(value));
  await fc.assert(property, {
    numRuns: runs(usual),
    ...(seed === undefined ? {} : { seed: Number(seed) }),
    ...(path ? { path } : {}),
    // A failure that shows as silence takes seconds each time it is made smaller.
    plugins: [
      fc.interruptAfterTimeLimit(limit(usual) - 20_000, {
        failOnInterrupt: true,
      }),
    ],
  });
}

const UNHANDLED = ["unhandledRejection", "uncaughtExceptionMonitor"] as const;

/**
 * Watches for errors that nobody handles, in a file of tests, from its
 * beginning to its end.
 * @returns throws if there was one
 */
export function watchUnhandled(): () => void {
  const unhandled: unknown[] = [];
  const note = (error: unknown) => void unhandled.push(error);
  beforeAll(() => UNHANDLED.forEach((event) => process.on(event, note)));
  afterAll(() => UNHANDLED.forEach((event) => process.off(event, note)));
  return () => expect(unhandled).toEqual([]);
}
