import type { Duplex } from "node:stream";
import { StringDecoder } from "node:string_decoder";
import { MAX_LINE } from "./schema/index.js";

/**
 * Reads JSON lines from a stream: `each` is called with every parsed line, and
 * its length in characters. A
 * line that is too long or is not JSON ends the stream with an error.
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
        each(JSON.parse(line), line.length);
      } catch (cause) {
        return void stream.destroy(new Error("not a JSON line", { cause }));
      }
    }
    if (rest.length > MAX_LINE) stream.destroy(new Error("line too long"));
  });
}

/** Writes one JSON line; a stream that is gone takes nothing. */
export function writeLine(stream: Duplex, message: unknown): void {
  if (stream.writable) stream.write(`${JSON.stringify(message)}\n`);
}
