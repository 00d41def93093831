import { expect, test } from "vitest";
import { SessionSpec } from "../schema/index.js";
import { debuggerKeys } from "./debugger-keys.js";
import { shareSecret } from "./share-secret.js";

test("it fits into a query and a cookie, and is the same each time", () => {
  expect(shareSecret("a")).toMatch(/^[\w-]{24}$/);
  expect(shareSecret("a")).toBe(shareSecret("a"));
});

test("other sessions have others, and the debugger's page has another", () => {
  expect(shareSecret("a")).not.toBe(shareSecret("b"));
  const spec = SessionSpec.parse({ target: "shop" });
  expect(shareSecret("a")).not.toBe(debuggerKeys(spec, "a")?.secret);
});
