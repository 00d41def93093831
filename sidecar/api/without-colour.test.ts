import { expect, test } from "vitest";
import { withoutColour } from "./without-colour.js";

const through = (...pieces: string[]) => {
  const filter = withoutColour();
  return pieces.map((piece) => filter(Buffer.from(piece)).toString());
};

test("colours go, everything else stays", () => {
  expect(through("\x1b[34mdef\x1b[0m \x1b[1;38;5;9mü\x1b[m")).toEqual([
    "def ü",
  ]);
  expect(through("\x1b[2J\x1b[3C\x1b[?25lx\x1b7")).toEqual([
    "\x1b[2J\x1b[3C\x1b[?25lx\x1b7",
  ]);
});

test("a sequence that is cut in two is waited for", () => {
  expect(through("a\x1b", "[3", "4mb", "\x1b[", "K")).toEqual([
    "a",
    "",
    "b",
    "",
    "\x1b[K",
  ]);
  expect(through("a\x1b[" + "1;".repeat(40), "b").join("")).toContain("b");
});
