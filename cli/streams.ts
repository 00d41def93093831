import type { Readable, Writable } from "node:stream";

/** Where a command reads; a terminal can be put into raw mode. */
export type Input = Readable & {
  isTTY?: boolean;
  setRawMode?: (raw: boolean) => unknown;
};

/** Where a command writes; a terminal has a size and emits `resize`. */
export type Output = Writable & {
  isTTY?: boolean;
  columns?: number;
  rows?: number;
};

/** The three streams of a command: results to `out`, everything else to `err`. */
export interface Streams {
  in: Input;
  out: Output;
  err: Output;
}
