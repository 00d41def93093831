import type { Output } from "./streams.js";

/** Whether what is written to this output is seen in colours, and wanted so (no-color.org). */
export function showsColour(
  env: { NO_COLOR?: string | undefined; TERM?: string | undefined },
  output: Output,
): boolean {
  return Boolean(output.isTTY) && !env.NO_COLOR && env.TERM !== "dumb";
}
