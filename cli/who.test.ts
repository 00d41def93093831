import { hostname, userInfo } from "node:os";
import { expect, test } from "vitest";
import { whoIsThis } from "./who.js";

test("it is who, where, and by which context", () => {
  const who = `${userInfo().username}@${hostname()}`;
  expect(whoIsThis()).toBe(who);
  expect(whoIsThis("staging")).toBe(`${who} (context staging)`);
});

test("what a header cannot hold is left out", () => {
  expect(whoIsThis("büro\r\nX: y")).toMatch(/ \(context b\?ro\?\?X: y\)$/);
});
