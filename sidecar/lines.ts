import type { Duplex } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { MAX_LINE } from "./schema/index.js";

/**
 * Reads JSON lines from a stream: `each` is called with every parsed line, and
 * its length in characters. A line that is too long, is not JSON or that `each`
 * does not take ends the stream with an error.
 */
export function readLines(
  stream: Duplex,
  each: (message: unknown, length: number) => void,
): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    rest += decoder.write(chunk);
    for (let at = rest.indexOf("\n"); at >= 0; at = rest.indexOf("\n")) {
      const line = rest.slice(0, at);
      rest = rest.slice(at + 1);
      if (stream.destroyed) return;
      try {
        if (line.length > MAX_LINE) throw new Error("line too long");
        each(JSON.parse(line), line.length);
      } catch (cause) {
        return void stream.destroy(new Error("not a JSON line", { cause }));
      }
    }
    if (rest.length > MAX_LINE) stream.destroy(new Error("line too long"));
  });
}

/** So much may wait for a peer to read it, in bytes; one that is that far behind is hung up on. */
const MAX_UNREAD = 64 * MAX_LINE;

/** Writes one JSON line; a stream that is gone takes nothing. */
export function writeLine(stream: Duplex, message: unknown): void {
  if (!stream.writable) return;
  stream.write(`${JSON.stringify(message)}\n`);
  if (stream.writableLength > MAX_UNREAD) {
    stream.destroy(new Error("the peer does not read"));
  }
}
