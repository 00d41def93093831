import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLoop } from "./loop.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("it looks at once, then from time to time, whether told to or not", async () => {
  let turns = 0;
  const loop = createLoop(async () => {
    turns++;
    return "idle";
  }, console.error);
  await vi.advanceTimersByTimeAsync(10);
  expect(turns).toBe(1);
  await vi.advanceTimersByTimeAsync(3_000);
  expect(turns).toBeGreaterThanOrEqual(3);
  await loop.stop();
});

test("a look that did something is followed at once by another", async () => {
  let turns = 0;
  const loop = createLoop(
    async () => (++turns < 5 ? "busy" : "idle"),
    console.error,
  );
  await vi.advanceTimersByTimeAsync(200);
  expect(turns).toBe(5);
  await loop.stop();
});

test("what is waited for outside of Docker is looked at more often", async () => {
  let turns = 0;
  const loop = createLoop(async () => {
    turns++;
    return "waiting";
  }, console.error);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(turns).toBeGreaterThanOrEqual(9);
  await loop.stop();
});

test("many events are one look; one during a turn is not lost", async () => {
  let turns = 0;
  let finish = () => {};
  const loop = createLoop(() => {
    turns++;
    return new Promise((resolve) => {
      finish = () => resolve("idle");
    });
  }, console.error);
  await vi.advanceTimersByTimeAsync(10);
  for (let i = 0; i < 100; i++) loop.look();
  finish();
  await vi.advanceTimersByTimeAsync(100);
  expect(turns).toBe(2);
  finish();
  await vi.advanceTimersByTimeAsync(0);
  await loop.stop();
});

test("an error is told, and does not end the loop", async () => {
  const errors: unknown[] = [];
  let turns = 0;
  const loop = createLoop(
    async () => {
      if (++turns === 1) throw new Error("the Engine is away");
      return "idle";
    },
    (error) => errors.push(error),
  );
  await vi.advanceTimersByTimeAsync(2_500);
  expect(errors).toEqual([new Error("the Engine is away")]);
  expect(turns).toBeGreaterThanOrEqual(2);
  await loop.stop();
});
