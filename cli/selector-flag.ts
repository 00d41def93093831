import { Option } from "commander";
import { usage } from "./errors.js";
import type { Selection } from "./resources.js";
import { parseSelector, selects, type Requirement } from "./select/selector.js";

/** The flag `-l`. */
export function selectorOption(): Option {
  return new Option(
    "-l, --selector <labels>",
    "only what has these labels: a=b, a!=b, 'a in (b,c)', 'a notin (b,c)', a, !a; comma separated",
  );
}

/** Reads the flag `-l`, which goes with no names. */
export function readSelector(
  path: string,
  value: string | undefined,
  selections: Selection[],
): Requirement[] {
  if (value === undefined) return [];
  if (selections.some(({ names }) => names.length > 0)) {
    throw usage(path, "name cannot be provided when a selector is specified");
  }
  return parseSelector(value);
}

/** Those of the objects that have all labels that are required. */
export function selected<
  T extends { metadata: { labels?: Record<string, string> } },
>(items: T[], selector: Requirement[]): T[] {
  return items.filter(({ metadata }) => selects(selector, metadata.labels));
}
