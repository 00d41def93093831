import { API_VERSION } from "../../sidecar/schema/constants.js";
import { templateFailed } from "../output-errors.js";
import { evaluate } from "../jsonpath/evaluate.js";
import { TemplateError } from "../jsonpath/path.js";
import { render } from "../jsonpath/render.js";
import type { ResourceType } from "../resources.js";
import { COLUMNS, type Resource } from "./columns.js";
import { customTable } from "./custom-columns.js";
import { formatJson } from "./json.js";
import { formatName } from "./name.js";
import { formatData } from "./output.js";
import type { Printer } from "./printer.js";
import { formatTable, type Column } from "./table.js";

/** The objects of one type. */
export interface Found {
  type: ResourceType;
  items: Resource[];
}

/** What the flags say about printing. */
export interface PrintOptions {
  printer: Printer;
  headers: boolean;
  labels: boolean;
}

/**
 * Objects as text, in whatever way is asked for; nothing as nothing.
 * @param one whether a single object was named, which is then no list
 */
export async function formatObjects(
  found: Found[],
  { printer, headers, labels }: PrintOptions,
  { now, one }: { now: number; one: boolean },
): Promise<string> {
  const items = found.flatMap((each) => each.items);
  const list = { apiVersion: API_VERSION, kind: "List", items };
  const value = one ? items[0] : list;
  switch (printer.kind) {
    case "json":
    case "yaml":
      return value === undefined ? "" : formatData(printer.kind, value);
    case "jsonpath":
      return value === undefined ? "" : applyTemplate(printer, value);
    case "custom-columns":
      return items.length === 0 && !headers
        ? ""
        : formatTable(customTable(printer.columns), items, headers);
    case "name":
      return found
        .flatMap(({ type, items: of }) =>
          of.map((item) => `${formatName(type, item.metadata.name)}\n`),
        )
        .join("");
    case "table":
      return found
        .filter((each) => each.items.length > 0)
        .map(({ type, items: of }) => {
          const columns = columnsOf(type, now, printer, labels);
          if (found.length > 1 && columns[0]?.heading === "NAME") {
            columns.splice(0, 1, typedName(type));
          }
          return formatTable(columns, of, headers);
        })
        .join("\n");
  }
}

/** What a template makes of an object, or the list of all values it finds. */
export function applyTemplate(
  { text, template, asJson }: Extract<Printer, { kind: "jsonpath" }>,
  value: unknown,
): string {
  try {
    if (!asJson) return render(template, value);
    return formatJson(
      template.flatMap((part) =>
        part.kind === "path" ? evaluate(part.path, value) : [],
      ),
    );
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw templateFailed(text, error.message);
  }
}

/** The columns of a type's table, or those that the user asked for. */
export function columnsOf(
  type: ResourceType,
  now: number,
  printer: Extract<Printer, { kind: "table" | "custom-columns" }>,
  labels: boolean,
): Column<Resource>[] {
  if (printer.kind === "custom-columns") return customTable(printer.columns);
  const columns = COLUMNS[type](now, printer.wide) as Column<Resource>[];
  return labels ? [...columns, LABELS] : [...columns];
}

/** Between others, a name says what it is the name of. */
function typedName(type: ResourceType): Column<Resource> {
  return {
    heading: "NAME",
    cell: (item) => formatName(type, item.metadata.name),
  };
}

const LABELS: Column<Resource> = {
  heading: "LABELS",
  cell: ({ metadata }) =>
    Object.entries(metadata.labels ?? {})
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => `${key}=${value}`)
      .join(","),
};
