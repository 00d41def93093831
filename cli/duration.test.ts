import { expect, test } from "vitest";
import { parseDuration } from "./duration.js";

test.each([
  ["0", 0],
  ["30s", 30_000],
  ["1h30m", 5_400_000],
  ["1.5s", 1_500],
  ["250ms", 250],
  ["2d", 172_800_000],
  ["-1s", -1_000],
])("%s is %d ms", (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each(["", "5", "s", "5 s", "5w", "m5", "1h30"])("%j is none", (text) => {
  expect(parseDuration(text)).toBeUndefined();
});
