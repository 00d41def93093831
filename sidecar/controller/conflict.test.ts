import { expect, test } from "vitest";
import { SessionSpec } from "../schema/index.js";
import { canonicalMatch } from "./conflict.js";

const canonical = (match: unknown) =>
  canonicalMatch(SessionSpec.parse({ target: "shop", match }));

test.each([
  [undefined, undefined],
  [[{ header: { "X-Debug": "a" } }], [{ header: { "x-debug": "a" } }]],
  [[{ method: "get", path: "/x" }], [{ path: "/x", method: "GET" }]],
  [
    [{ path: "/a" }, { path: "/b" }],
    [{ path: "/b" }, { path: "/a" }, { path: "/a" }],
  ],
])("%j is the same match as %j", (a, b) => {
  expect(canonical(a)).toBe(canonical(b));
});

test.each([
  [undefined, [{ path: "/a" }]],
  [[{ header: { a: "1" } }], [{ header: { a: "2" } }]],
  [[{ cookie: { A: "1" } }], [{ cookie: { a: "1" } }]],
  [[{ path: "/a", method: "GET" }], [{ path: "/a" }, { method: "GET" }]],
])("%j is another match than %j", (a, b) => {
  expect(canonical(a)).not.toBe(canonical(b));
});
