/** A value as JSON, as kubectl indents it. */
export function formatJson(value: unknown): string {
  return `${JSON.stringify(value, undefined, 4)}\n`;
}
