import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matchesPath, matchesValue } from "../interceptor/glob.js";
import { commonPath, commonValue } from "./glob-intersection.js";

test.each([
  ["/orders/*", "/orders/*", "/orders/"],
  ["/orders/7", "/orders/*", "/orders/7"],
  ["/orders/*", "/*/items", "/orders/items"],
  ["/orders/**", "/**/items", "/orders/items"],
  ["/**/a", "/b/**", "/b/a"],
  ["/a/**/b", "/a/b", "/a/b"],
  ["**/b", "/a/**", "/a/b"],
  ["/a*c", "/ab*", "/abc"],
  ["/*.json", "/orders*", "/orders.json"],
])("a path that %s and %s both match: %s", (a, b, text) => {
  expect(commonPath(a, b)).toEqual({ possible: true, text });
  expect([matchesPath(a, text), matchesPath(b, text)]).toEqual([true, true]);
});

test.each([
  ["/orders", "/order"],
  ["/orders/*", "/orders"],
  ["/orders/*", "/users/*"],
  ["/orders/*", "/orders/*/items"],
  ["/a/*", "/**/b/c"],
  ["/*.json", "/*.xml"],
  ["/**/a", "/**/b"],
  ["/a/**/b", "/ab"],
])("no path is matched by both %s and %s", (a, b) => {
  expect(commonPath(a, b)).toEqual({ possible: false });
});

test.each([
  ["alice", "bob", false],
  ["alice", "ali*", true],
  ["a*", "*b", true],
  ["a*", "b*", false],
  ["*", "", true],
  ["a/*/b", "a/b", true],
  ["Alice", "alice", false],
])("whether values %s and %s have one in common: %s", (a, b, possible) => {
  expect(commonValue(a, b).possible).toBe(possible);
});

// Few letters, so that what is generated often matches.
const pattern = fc
  .array(fc.constantFrom("a", "b", "/", "/", "*", "**", "/**/"), {
    maxLength: 9,
  })
  .map((parts) => parts.join(""));
const text = fc
  .array(fc.constantFrom("a", "b", "/", "x"), { maxLength: 9 })
  .map((parts) => parts.join(""));
const RUNS = { numRuns: 20_000 };

describe.each([
  ["paths", matchesPath, commonPath],
  ["values", matchesValue, commonValue],
])("%s", (_kind, matches, common) => {
  test("a text that both match is never overlooked", () => {
    let both = 0;
    const property = fc.property(pattern, pattern, text, (a, b, t) => {
      if (!matches(a, t) || !matches(b, t)) return;
      both++;
      expect(common(a, b).possible).toBe(true);
    });
    fc.assert(property, RUNS);
    expect(both).toBeGreaterThan(100);
  });

  test("the text that is found is matched by both", () => {
    let found = 0;
    const property = fc.property(pattern, pattern, (a, b) => {
      const answer = common(a, b);
      if (!answer.possible || answer.text === undefined) return;
      found++;
      expect([matches(a, answer.text), matches(b, answer.text)]).toEqual([
        true,
        true,
      ]);
    });
    fc.assert(property, RUNS);
    expect(found).toBeGreaterThan(100);
  });
});

test("long patterns take no time", () => {
  const started = performance.now();
  const searched = commonPath("/*a".repeat(300), "/**b".repeat(200));
  expect(searched).toEqual({ possible: false });
  // Too long to search: maybe.
  const maybe = commonPath("/*a".repeat(5_000), "**/b".repeat(5_000));
  expect(maybe).toEqual({ possible: true });
  expect(performance.now() - started).toBeLessThan(3_000);
});
