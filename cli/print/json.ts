import { printableText } from "../../sidecar/schema/printable.js";

/** A value as JSON, as kubectl indents it; what would steer a terminal is escaped, as JSON may. */
export function formatJson(value: unknown): string {
  return `${printableText(JSON.stringify(value, undefined, 4))}\n`;
}
