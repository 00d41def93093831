import { expect, test } from "vitest";
import { changedFields, OF_REPLICA, replacing } from "./session-change.js";
import { SessionSpec } from "./session.js";

const spec = (fields: Partial<SessionSpec> = {}) =>
  SessionSpec.parse({ target: "shop", ...fields });

test("the order of keys is no change, that of a list is one", () => {
  const one = spec({ env: { A: "1", B: "2" }, command: ["a", "b"] });
  expect(
    changedFields(one, spec({ command: ["a", "b"], env: { B: "2", A: "1" } })),
  ).toEqual([]);
  expect(
    changedFields(one, spec({ command: ["b", "a"], env: { A: "1" } })),
  ).toEqual(["command", "env"]);
});

test("a field that is added or left out is changed", () => {
  expect(changedFields(spec(), spec({ ttl: "1h" }))).toEqual(["ttl"]);
  expect(changedFields(spec({ ttl: "1h" }), spec())).toEqual(["ttl"]);
});

test("every field is either the replica's or can change in place", () => {
  const inPlace = Object.keys(SessionSpec.shape).filter(
    (field) => !OF_REPLICA.some((each) => each === field),
  );
  expect(inPlace).toEqual([
    "match",
    "priority",
    "breakpoints",
    "whenPaused",
    "maxWait",
    "probes",
    "cutIdle",
    "ttl",
    "idleTimeout",
    "maxPause",
    "onMaxPause",
    "allowProduction",
  ]);
  expect(replacing(["match", "env", "port"])).toEqual(["env", "port"]);
});
