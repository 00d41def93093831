import { badOutput } from "../output-errors.js";
import { formatJson } from "./json.js";
import { formatYaml } from "./yaml.js";

/** The formats of `-o`; without it, a table or a sentence. */
export type OutputFormat = "wide" | "json" | "yaml" | "name";

/** Reads `-o`, which may be one of those formats. */
export function parseOutput<F extends OutputFormat>(
  value: string | undefined,
  allowed: readonly F[],
): F | undefined {
  if (value === undefined) return undefined;
  const format = allowed.find((each) => each === value);
  if (!format) throw badOutput(value, [...allowed].sort());
  return format;
}

/** A value as data for programs. */
export async function formatData(
  format: "json" | "yaml",
  value: unknown,
): Promise<string> {
  return format === "json" ? formatJson(value) : formatYaml(value);
}
