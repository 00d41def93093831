import { createHash } from "node:crypto";

/**
 * A short digest of anything that has a JSON form. The order of an object's
 * keys does not count; the order of a list does.
 */
export function digest(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(value, sorted) ?? "")
    .digest("hex")
    .slice(0, 16);
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return value;
  }
  const entries = Object.entries(value);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
