import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { matches, type Matchable } from "../interceptor/match.js";
import type { MatchClause } from "../schema/match.js";
import { exampleOf, formatExample } from "./example.js";
import { findOverlap, mayOverlap } from "./overlap.js";

const alice = { header: { "x-debug": "alice" } };
const bob = { header: { "X-Debug": "bob" } };

test.each<[string, MatchClause, MatchClause]>([
  ["people", alice, bob],
  ["cookies", { cookie: { who: "a" } }, { cookie: { who: "b" } }],
  ["parameters", { query: { v: "1" } }, { query: { v: "2" } }],
  ["baggage", { baggage: { user: "a" } }, { baggage: { user: "b" } }],
  ["methods", { method: "GET" }, { method: "post" }],
  ["paths", { path: "/orders/**" }, { path: "/users/**" }],
  ["values by pattern", { cookie: { who: "a*" } }, { cookie: { who: "b*" } }],
  ["clients", { client: "10.1.0.0/16" }, { client: "10.2.0.0/16" }],
  ["families", { client: "10.1.0.0/16" }, { client: "fd00::/8" }],
  [
    "one thing of several",
    { ...alice, path: "/orders/*", method: "GET" },
    { ...alice, path: "/orders/*", method: "POST" },
  ],
])("different %s do not overlap", (_what, a, b) => {
  expect(mayOverlap([a], [b])).toBe(false);
  expect(mayOverlap([b], [a])).toBe(false);
});

test.each<[MatchClause, MatchClause, string]>([
  [alice, { header: { "X-DEBUG": "alice" } }, "GET / with x-debug: alice"],
  [alice, { path: "/orders/*" }, "GET /orders/ with x-debug: alice"],
  [
    { header: { "x-debug": "al*" } },
    { header: { "x-debug": "*ice" } },
    "GET / with x-debug: alice",
  ],
  [
    { cookie: { who: "*" }, method: "post" },
    { query: { "a b": "ü" } },
    "POST /?a%20b=%C3%BC with cookie: who=x",
  ],
  [
    { header: { "x-name": "zoë" } },
    { baggage: { user: "acme" } },
    "GET / with x-name: zoë and baggage: user=acme",
  ],
  [
    { client: "10.0.0.0/8" },
    { client: "10.1.0.0/16", path: "**/items" },
    "GET /items from 10.1.0.0/16",
  ],
  [
    { client: "::ffff:10.0.0.0/104" },
    { client: "10.1.2.3" },
    "GET / from 10.1.2.3",
  ],
  [{ path: "/a b" }, { path: "/a*" }, "GET /a%20b"],
  [{ query: { constructor: "1" } }, { path: "/a" }, "GET /a?constructor=1"],
])("%j and %j overlap in %s", (a, b, expected) => {
  for (const overlap of [findOverlap([a], [b]), findOverlap([b], [a])]) {
    const example = overlap && exampleOf(overlap);
    expect(example && formatExample(example)).toBe(expected);
  }
});

test("of half a character no example is made", () => {
  for (const clause of [{ query: { v: "\ud800" } }, { path: "/\ud800" }])
    expect(exampleOf({ a: clause, b: {} })).toBeUndefined();
});

test("the clauses that overlap are found among others", () => {
  const a = [bob, { path: "/orders/*" }];
  const b = [{ method: "GET", path: "/users" }, { path: "/orders/7" }];
  expect(findOverlap(a, b)).toEqual({
    a: bob,
    b: { method: "GET", path: "/users" },
  });
  expect(findOverlap([a[1]!], b)).toEqual({ a: a[1], b: b[1] });
});

test("a match that takes every request overlaps with any", () => {
  expect(mayOverlap([], [alice])).toBe(true);
  expect(mayOverlap([alice], [])).toBe(true);
  expect(mayOverlap([], [])).toBe(true);
});

test.each<[MatchClause, MatchClause]>([
  [{ path: "/a%20b" }, { path: "/a b" }],
  [{ path: "/caf%C3%A9" }, { path: "/café" }],
  [{ path: "/a%2*" }, { path: "/a b" }],
  [{ path: "/a%2Fb" }, { path: "/a/b" }],
  [{ header: { n: "zoë" } }, { header: { n: "zoÃ«" } }],
  [{ cookie: { n: "zo*" } }, { cookie: { n: "*ë" } }],
])("%j and %j are two readings of one request", (a, b) => {
  expect(mayOverlap([a], [b])).toBe(true);
  expect(mayOverlap([b], [a])).toBe(true);
});

describe("of clauses and requests made up", () => {
  const value = fc.constantFrom("a", "a*", "*b", "*", "é", "Ã*", "");
  const names = fc.constantFrom("x-a", "x-a", "x-a", "X-A", "y");
  const map = fc.dictionary(names, value, { minKeys: 1, maxKeys: 2 });
  const part = fc.constantFrom("a", "*", "**", "a*", "%61", "é", "%C3%A9");
  const path = fc
    .array(part, { minLength: 1, maxLength: 3 })
    .map((parts) => `/${parts.join("/")}`);
  const client = fc.constantFrom("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3");
  const kinds = {
    header: map,
    cookie: map,
    query: map,
    baggage: map,
    path,
    method: fc.constantFrom("GET", "get", "POST"),
    client: fc.oneof(client, fc.constant("10.2.0.0/16")),
  };
  const clause: fc.Arbitrary<MatchClause> = fc
    .record(kinds, { requiredKeys: [] })
    .filter((each) => Object.keys(each).length > 0);
  const match = fc.array(clause, { maxLength: 3 });

  // Header names once, in any case; the values as the wire has them.
  const sent = fc.constantFrom("a", "ab", "b", "Ã©", "é", "");
  const pair = fc.tuple(fc.constantFrom("x-a", "x-a", "y"), sent);
  const pairs = fc.uniqueArray(pair, {
    selector: ([name]) => name,
    minLength: 1,
    maxLength: 2,
  });
  const joined = (separator: string) => (all: [string, string][]) =>
    all.map((each) => each.join("=")).join(separator);
  const request = fc
    .record({
      method: fc.constantFrom("GET", "POST"),
      path: fc
        .array(fc.constantFrom("a", "ab", "%61", "%C3%A9"), {
          minLength: 1,
          maxLength: 3,
        })
        .map((parts) => `/${parts.join("/")}`),
      query: pairs.map(joined("&")),
      headers: pairs,
      cookie: pairs.map(joined("; ")),
      baggage: pairs.map(joined(",")),
    })
    .map((all): Matchable => ({
      method: all.method,
      target: `${all.path}?${all.query}`,
      headers: [
        ...all.headers,
        ["cookie", all.cookie],
        ["baggage", all.baggage],
      ],
    }));
  const address = fc.constantFrom("10.1.2.3", "10.2.2.3", "192.168.0.1");

  const takes = (of: MatchClause[], asked: Matchable, from: string) =>
    of.length === 0 || of.some((each) => matches(each, asked, from));

  /** No request may be taken by two of these that are said not to overlap. */
  const soundFor = (some: typeof match) => {
    let both = 0;
    fc.assert(
      fc.property(some, some, request, address, (a, b, asked, from) => {
        if (!takes(a, asked, from) || !takes(b, asked, from)) return;
        both++;
        expect(mayOverlap(a, b)).toBe(true);
        expect(mayOverlap(b, a)).toBe(true);
      }),
      { numRuns: 10_000 },
    );
    expect(both).toBeGreaterThan(100);
  };

  test("two matches that take the same request may overlap", () => {
    soundFor(match);
  });

  test.each(Object.entries(kinds))(
    "so may two that name one %s each",
    (kind, part) => {
      soundFor((part as typeof map).map((of) => [{ [kind]: of }]));
    },
  );

  test("an example is taken by both", () => {
    let made = 0;
    let none = 0;
    fc.assert(
      fc.property(clause, clause, (a, b) => {
        const overlap = findOverlap([a], [b]);
        const example = overlap && exampleOf(overlap);
        if (!example) return void none++;
        made++;
        const headers = example.headers.map(([name, text]) => [
          name,
          Buffer.from(text).toString("latin1"),
        ]) as Matchable["headers"];
        const from = (example.client ?? "").split("/")[0]!;
        expect(takes([a], { ...example, headers }, from)).toBe(true);
        expect(takes([b], { ...example, headers }, from)).toBe(true);
      }),
      { numRuns: 5_000 },
    );
    expect(made).toBeGreaterThan(100);
    expect(none).toBeGreaterThan(100);
  });
});
