import { badSortPath, unknownSortField } from "../output-errors.js";
import { evaluate } from "../jsonpath/evaluate.js";
import { TemplateError, type Path } from "../jsonpath/path.js";
import { parseRelaxedPath } from "../jsonpath/relaxed.js";
import { nearest } from "../../sidecar/schema/nearest.js";

/** What `--sort-by` names. */
export interface SortBy {
  text: string;
  path: Path;
}

/** Reads `--sort-by`, such as `.metadata.creationTimestamp`. */
export function parseSortBy(text: string): SortBy {
  try {
    return { text, path: parseRelaxedPath(text) };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw badSortPath(text, error.message);
  }
}

/** The objects in the order of a field; those that have none come first, as with kubectl. */
export function sortBy<T>(items: T[], { text, path }: SortBy): T[] {
  const keyed = items.map((item) => ({ item, key: keyOf(item, path, text) }));
  if (items.length > 0 && keyed.every(({ key }) => key === undefined)) {
    const fields = fieldsOf(items);
    throw unknownSortField(text, fields, nearest(dotted(text), fields));
  }
  return keyed.sort((a, b) => compare(a.key, b.key)).map(({ item }) => item);
}

function keyOf(item: unknown, path: Path, text: string): unknown {
  try {
    return evaluate(path, item)[0];
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw badSortPath(text, error.message);
  }
}

function compare(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) {
    return Number(a !== undefined) - Number(b !== undefined);
  }
  if (typeof a === "number" && typeof b === "number") return a - b;
  const [one, other] = [a, b].map((value) =>
    typeof value === "string" ? value : JSON.stringify(value),
  );
  // shop-2 before shop-10.
  return (one ?? "").localeCompare(other ?? "", "en", { numeric: true });
}

function dotted(text: string): string {
  return `.${text.replaceAll(/[{}]/g, "").replace(/^\./, "")}`;
}

/** The paths of all plain fields that the objects have. */
function fieldsOf(items: unknown[]): string[] {
  const found = new Set<string>();
  const visit = (value: unknown, path: string) => {
    if (typeof value !== "object" || value === null) found.add(path);
    else if (!Array.isArray(value)) {
      for (const [name, inner] of Object.entries(value)) {
        if (inner !== undefined) visit(inner, `${path}.${name}`);
      }
    }
  };
  for (const item of items) visit(item, "");
  return [...found].sort();
}
