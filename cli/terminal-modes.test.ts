import { expect, test } from "vitest";
import { followModes } from "./terminal-modes.js";

function after(...pieces: string[]): string {
  const modes = followModes();
  for (const piece of pieces) modes.saw(Buffer.from(piece));
  return modes.reset();
}

test("a plain terminal needs nothing, so the user's cursor stays", () => {
  expect(after("(Pdb) p 1\r\n1\r\n(Pdb) ")).toBe("");
});

test("what was left on is switched off, what was hidden is shown", () => {
  expect(after("\x1b[?2004h(Pdb) ")).toBe("\x1b[?2004l");
  expect(after("\x1b[?1049h\x1b[?25l")).toBe("\x1b[?1049l\x1b[?25h");
  expect(after("\x1b[?1000;1006h")).toBe("\x1b[?1000l\x1b[?1006l");
  expect(after("\x1b[1;31mred")).toBe("\x1b[0m");
});

test("what the program undid itself is left alone", () => {
  expect(after("\x1b[?1049h", "\x1b[?1049l")).toBe("");
  expect(after("\x1b[31mred\x1b[0m")).toBe("");
});

test("sequences that are cut between pieces are seen", () => {
  expect(after("a\x1b[?20", "04h(Pdb) ")).toBe("\x1b[?2004l");
  expect(after("\x1b", "[?25", "l")).toBe("\x1b[?25h");
});

test("a reset is done once", () => {
  const modes = followModes();
  modes.saw(Buffer.from("\x1b[?2004h"));
  expect(modes.reset()).toBe("\x1b[?2004l");
  expect(modes.reset()).toBe("");
});
