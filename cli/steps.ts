import type { Cli } from "./cli.js";
import { printable } from "../sidecar/schema/printable.js";

/** Says steps on the error stream, each with the seconds since now. */
export function showSteps(cli: Cli): (text: string) => void {
  const start = cli.now();
  return (text) => {
    const seconds = ((cli.now() - start) / 1000).toFixed(1).padStart(5);
    cli.streams.err.write(`${seconds}s  ${printable(text)}\n`);
  };
}
