import { expect, test } from "vitest";
import { digest } from "./digest.js";

test("the order of keys does not count, at any depth", () => {
  expect(digest({ a: 1, b: { c: [{ d: 2, e: 3 }], f: 4 } })).toBe(
    digest({ b: { f: 4, c: [{ e: 3, d: 2 }] }, a: 1 }),
  );
});

test.each([
  ["a value", { a: 1 }, { a: 2 }],
  ["a key", { a: 1 }, { b: 1 }],
  ["the order of a list", [1, 2], [2, 1]],
  ["null and nothing", { a: null }, {}],
  ["a list and an object", ["x"], { 0: "x" }],
])("%s counts", (_, one, other) => {
  expect(digest(one)).not.toBe(digest(other));
});
