import { setTimeout as delay } from "node:timers/promises";

/** Asks again and again until the answer is truthy; the answer. */
export async function until<T>(
  what: string,
  ask: () => Promise<T> | T,
  seconds = 20,
): Promise<NonNullable<T>> {
  const deadline = Date.now() + seconds * 1000;
  let last: unknown;
  for (;;) {
    try {
      const answer = await ask();
      if (answer) return answer;
      last = answer;
    } catch (error) {
      last = error;
    }
    if (Date.now() > deadline) {
      throw new Error(
        `not within ${seconds} s: ${what}; last: ${String(last)}`,
      );
    }
    await delay(50);
  }
}
