import { expect, test } from "vitest";
import { formatAge, formatDuration } from "./age.js";

const SECONDS = { s: 1, m: 60, h: 3600, d: 86_400, y: 365 * 86_400 };

/** Milliseconds of `1h30m`, by a reader of its own. */
function ms(text: string): number {
  return [...text.matchAll(/(\d+)([smhdy])/g)].reduce(
    (sum, [, n, unit]) =>
      sum + Number(n) * SECONDS[unit as keyof typeof SECONDS] * 1000,
    0,
  );
}

test.each([
  ["0s", "0s"],
  ["1m59s", "119s"],
  ["2m", "2m"],
  ["2m1s", "2m1s"],
  ["9m59s", "9m59s"],
  ["10m59s", "10m"],
  ["2h59m59s", "179m"],
  ["3h", "3h"],
  ["7h59m59s", "7h59m"],
  ["8h59m", "8h"],
  ["47h59m", "47h"],
  ["48h", "2d"],
  ["7d23h59m", "7d23h"],
  ["8d23h", "8d"],
  ["1y364d", "729d"],
  ["2y", "2y"],
  ["2y1d", "2y1d"],
  ["8y300d", "8y"],
])("%s is shown as %s, as kubectl does", (given, shown) => {
  expect(formatDuration(ms(given))).toBe(shown);
});

test("a clock that is a little ahead shows 0s, one that is far ahead is invalid", () => {
  expect(formatDuration(-1_500)).toBe("0s");
  expect(formatDuration(-2_000)).toBe("<invalid>");
});

test("an age is counted from the timestamp; what is no date is unknown", () => {
  const now = Date.parse("2026-01-01T00:02:30Z");
  expect(formatAge("2026-01-01T00:00:00Z", now)).toBe("2m30s");
  expect(formatAge("yesterday", now)).toBe("<unknown>");
});
