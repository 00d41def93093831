import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { showsColour } from "./colour.js";

const tty = Object.assign(new PassThrough(), { isTTY: true });

test.each([
  [{ TERM: "xterm-256color" }, tty, true],
  [{ TERM: "xterm", NO_COLOR: "" }, tty, true],
  [{ TERM: "xterm", NO_COLOR: "1" }, tty, false],
  [{ TERM: "dumb" }, tty, false],
  [{ TERM: "xterm" }, new PassThrough(), false],
])("%j", (env, output, shown) => {
  expect(showsColour(env, output)).toBe(shown);
});
