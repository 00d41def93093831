import { PassThrough } from "node:stream";
import type { Input, Output } from "../streams.js";

/** Streams of a command under test, and what it wrote to them. */
export interface Captured {
  in: Input & PassThrough;
  out: Output;
  err: Output;
  written: { out: string; err: string };
}

/** Streams that remember what is written; the input is written by the test. */
export function captureStreams(): Captured {
  const written = { out: "", err: "" };
  const output = (name: "out" | "err"): Output => {
    const stream = new PassThrough();
    stream.on("data", (bytes: Buffer) => (written[name] += bytes.toString()));
    return stream;
  };
  return {
    in: new PassThrough(),
    out: output("out"),
    err: output("err"),
    written,
  };
}
