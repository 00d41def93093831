import type { Option } from "commander";
import type { ResourceType } from "../resources.js";

/** What a flag's value can be: some words, names of objects, or files. */
type Values = string[] | { type: ResourceType } | "files";

const DATA = ["json", "yaml"];
const OUTPUTS: Record<string, string[]> = {
  get: [
    "wide",
    "name",
    ...DATA,
    "jsonpath=",
    "jsonpath-as-json=",
    "jsonpath-file=",
    "custom-columns=",
    "custom-columns-file=",
  ],
  "api-resources": ["wide", "name"],
  version: DATA,
  delete: ["name"],
};

/** By the long name of the flag. */
const VALUES: Record<string, Values> = {
  "--filename": "files",
  "--for": ["condition=Ready", "condition=Paused", "delete"],
  "--match": [
    "header:",
    "cookie:",
    "query:",
    "baggage:",
    "path=",
    "method=",
    "client=",
  ],
  "--on-exception": ["browser", "terminal", "none"],
  "--original": ["keep", "pause"],
  "--when-paused": ["queue", "original", "reject"],
  "--concurrency": ["sync", "threads"],
  "--probe": ["path=", "agent="],
  "--session": { type: "sessions" },
};

/** What is known of a flag's value; its own choices go first. */
export function valuesOf(command: string, option: Option): Values | undefined {
  if (option.argChoices) return option.argChoices;
  if (option.long === "--output") {
    return OUTPUTS[command] ?? ["name", ...DATA];
  }
  return VALUES[option.long ?? ""];
}
