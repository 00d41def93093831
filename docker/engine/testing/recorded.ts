import { readFileSync } from "node:fs";
import type { Inspect } from "../engine.js";

/** A container as an Engine described it: see `testdata/record.sh`. */
export function recorded(name: string): Inspect {
  const file = new URL(`../testdata/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, "utf8")) as Inspect;
}
