import { Readable } from "node:stream";
import { expect, test } from "vitest";
import { pieces, type Piece } from "./demux.js";

/** A frame as the Engine writes it. */
function frame(stream: number, text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(Buffer.byteLength(text), 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

test.each([1, 3, 7, 1000])(
  "stdout and stderr stay apart, in chunks of %i bytes",
  async (size) => {
    const all = Buffer.concat([
      frame(1, "out, "),
      frame(2, "err"),
      frame(1, ""),
      frame(1, "and out"),
    ]);
    const chunks = [];
    for (let at = 0; at < all.length; at += size) {
      chunks.push(all.subarray(at, at + size));
    }
    const text: Record<number, string> = { 1: "", 2: "" };
    for await (const piece of Readable.from(chunks).pipe(pieces())) {
      const { stream, data } = piece as Piece;
      text[stream] += data.toString();
    }
    expect(text).toEqual({ 1: "out, and out", 2: "err" });
  },
);
