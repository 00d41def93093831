import { setTimeout as delay } from "node:timers/promises";
import { expect, test } from "vitest";
import { silenceOf } from "./silence.js";

/** Whether an Engine that answers so is found silent, with a patience of 100 ms. */
const isSilent = (list: () => Promise<[]>) =>
  Promise.race([
    silenceOf({ list }, 100, 5).then(() => true),
    delay(400, false),
  ]);

test("an Engine that answers is not silent, not even if it fails now and then", async () => {
  let count = 0;
  const failing = () =>
    count++ % 3 === 0
      ? Promise.resolve<[]>([])
      : Promise.reject(new Error("no"));
  expect(await isSilent(() => Promise.resolve([]))).toBe(false);
  expect(await isSilent(failing)).toBe(false);
});

test("one that hangs is, and one that is gone", async () => {
  expect(await isSilent(() => new Promise(() => {}))).toBe(true);
  expect(await isSilent(() => Promise.reject(new Error("no")))).toBe(true);
});
