import { setTimeout as sleep } from "node:timers/promises";

const TIMEOUT_MS = 40_000;

/** Polls until it is so; after a while fails with what is missing. */
export async function waitFor(
  isSo: () => boolean,
  missing: () => string,
): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  while (!isSo()) {
    if (Date.now() > deadline) throw new Error(missing());
    await sleep(20);
  }
}
