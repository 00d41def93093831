import fc from "fast-check";
import { BAIT } from "./messages.js";

/** Pieces of HTTP, and of what is nearly HTTP. */
const PIECES = [
  "\r",
  "\n",
  "\r\n",
  "\r\n\r\n",
  "\0",
  " ",
  "\t",
  ":",
  ";",
  ",",
  "0",
  "5",
  "f",
  "-",
  "0x",
  "\xa0",
  "\x85",
  "HTTP/1.1",
  "Content-Length: 5\r\n",
  "Content-Length: 0\r\n",
  "Transfer-Encoding: chunked\r\n",
  "\r\nX-Debug: alice",
  "\r\n 0",
  "0\r\n\r\n",
  BAIT,
];

const change = fc.record({
  /** Where, as a share of the text. */
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  kind: fc.constantFrom("insert", "replace", "delete", "repeat", "cut"),
  length: fc.oneof(fc.constant(1), fc.integer({ min: 1, max: 30 })),
  piece: fc.oneof(
    fc.constantFrom(...PIECES),
    fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  ),
});

/** Texts with a few changes. */
export function mutated(texts: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(texts, fc.array(change, { minLength: 1, maxLength: 3 }))
    .map(([text, changes]) =>
      changes.reduce((text, { at: share, kind, length, piece }) => {
        const at = Math.floor(share * text.length);
        const before = text.slice(0, at);
        const after = text.slice(at);
        switch (kind) {
          case "insert":
            return before + piece + after;
          case "replace":
            return before + piece + after.slice(piece.length);
          case "delete":
            return before + after.slice(length);
          case "repeat":
            return before + after.slice(0, length) + after;
          case "cut":
            return before;
        }
      }, text),
    )
    .filter((text) => text.length > 0);
}

/** Any bytes at all. */
export const bytes = fc.string({
  unit: fc.oneof(
    fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
    fc.constantFrom(...PIECES),
  ),
  minLength: 1,
  maxLength: 40,
});
