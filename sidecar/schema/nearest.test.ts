import { expect, test } from "vitest";
import { nearest } from "./nearest.js";

const KNOWN = ["sessions", "pauses", "target", "priority"];

test.each([
  ["sesions", "sessions"],
  ["SESSIONZ", "sessions"],
  ["puases", "pauses"],
  ["tagret", "target"],
  ["priorty", "priority"],
])("%s is near to %s", (word, near) => {
  expect(nearest(word, KNOWN)).toBe(near);
});

test.each(["pods", "x", "", "deployments"])("%s is near to none", (word) => {
  expect(nearest(word, KNOWN)).toBeUndefined();
});
