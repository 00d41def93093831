import { describe, expect, test } from "vitest";
import { MatchClause } from "../sidecar/schema/match.js";
import { formatMatch } from "../sidecar/schema/match-text.js";
import { howToMatch, parseMatch } from "./match.js";

const parse = (...flags: string[]) => parseMatch("sidestep debug", flags);

describe("reading --match", () => {
  test.each([
    ["header:X-Debug=a=b:c", { header: { "x-debug": "a=b:c" } }],
    ["cookie:user=", { cookie: { user: "" } }],
    ["query:pdb=1", { query: { pdb: "1" } }],
    ["baggage:dev=alice", { baggage: { dev: "alice" } }],
    ["path=/orders/*", { path: "/orders/*" }],
    ["method=POST", { method: "POST" }],
    ["client=fd00::/8", { client: "fd00::/8" }],
  ])("%s", (flag, clause) => {
    expect(parse(flag)).toEqual(clause);
    expect(MatchClause.safeParse(parse(flag)).success).toBe(true);
  });

  test("several are one clause, all of which must hold", () => {
    expect(parse("header:a=1", "header:b=2", "path=/x", "method=GET")).toEqual({
      header: { a: "1", b: "2" },
      path: "/x",
      method: "GET",
    });
  });

  test.each([
    "x-debug=alice",
    "header=alice",
    "header:alice",
    "header:=1",
    "path=",
    "path:/x",
    "",
  ])("%j is refused with what is accepted", (flag) => {
    expect(() => parse(flag)).toThrow(
      `error: invalid argument "${flag}" for "--match" flag: must be header:NAME=VALUE`,
    );
  });

  test("two values for one thing are refused, for no request has both", () => {
    expect(() => parse("header:A=1", "header:a=2")).toThrow("two values");
    expect(() => parse("path=/a", "path=/b")).toThrow("only once");
  });
});

test("a match is shown as it is written", () => {
  expect(formatMatch(undefined)).toBe("<all>");
  expect(
    formatMatch([{ header: { a: "1" }, path: "/x" }, { method: "POST" }]),
  ).toBe("header:a=1,path=/x|method=POST");
});

describe("how to send a request that matches", () => {
  test.each([
    [
      parse("header:x-debug=alice"),
      "curl -H 'x-debug: alice' http://YOUR-APP/",
    ],
    [parse("cookie:a=1", "cookie:b=2"), "curl -b 'a=1; b=2' http://YOUR-APP/"],
    [parse("query:q=a b", "path=/o/7"), "curl 'http://YOUR-APP/o/7?q=a%20b'"],
    [parse("method=post", "path=/x"), "curl -X POST http://YOUR-APP/x"],
    [parse("baggage:dev=al"), "curl -H 'baggage: dev=al' http://YOUR-APP/"],
    [parse("header:a=it's"), String.raw`curl -H 'a: it'\''s' http://YOUR-APP/`],
  ])("%j", (clause, command) => {
    expect(howToMatch([clause])).toBe(
      `send a request that matches, such as: ${command}`,
    );
  });

  test("says where from, and that all match when all do", () => {
    expect(howToMatch([parse("client=10.0.0.0/8")])).toContain(
      "from 10.0.0.0/8",
    );
    expect(howToMatch(undefined)).toContain("every request");
  });
});
