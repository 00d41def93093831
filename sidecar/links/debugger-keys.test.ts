import { expect, test } from "vitest";
import { SessionSpec } from "../schema/index.js";
import { debuggerKeys } from "./debugger-keys.js";

const spec = (onException?: string) =>
  SessionSpec.parse({ target: "shop", onException });

test("a PIN as Werkzeug takes it, and a secret that fits into a query", () => {
  const keys = debuggerKeys(spec(), "a");
  expect(keys?.pin).toMatch(/^\d{3}-\d{3}-\d{3}$/);
  expect(keys?.secret).toMatch(/^[\w-]{24}$/);
});

test("the same for the same session, others for another", () => {
  expect(debuggerKeys(spec(), "a")).toEqual(debuggerKeys(spec(), "a"));
  const b = debuggerKeys(spec(), "b");
  expect(debuggerKeys(spec(), "a")?.pin).not.toBe(b?.pin);
  expect(debuggerKeys(spec(), "a")?.secret).not.toBe(b?.secret);
});

test("none where exceptions do not open in the browser", () => {
  expect(debuggerKeys(spec("terminal"), "a")).toBeUndefined();
  expect(debuggerKeys(spec("none"), "a")).toBeUndefined();
});
