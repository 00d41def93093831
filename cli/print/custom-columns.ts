import { badColumns } from "../output-errors.js";
import { evaluate } from "../jsonpath/evaluate.js";
import { TemplateError, type Path } from "../jsonpath/path.js";
import { parseRelaxedPath } from "../jsonpath/relaxed.js";
import { asText } from "../jsonpath/render.js";
import type { Column } from "./table.js";

/** A column that the user asked for. */
export interface CustomColumn {
  heading: string;
  path: Path;
}

/** Reads `NAME:.metadata.name,PHASE:.status.phase`. */
export function parseColumns(spec: string): CustomColumn[] {
  return split(spec).map((part) => {
    const colon = part.indexOf(":");
    if (colon < 0) {
      throw badColumns(
        `unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`,
      );
    }
    return column(part.slice(0, colon), part.slice(colon + 1));
  });
}

/** Reads a file of two lines: the headings, and the paths below them. */
export function parseColumnsFile(text: string): CustomColumn[] {
  const [headings = [], paths = []] = text
    .split("\n")
    .map((line) => line.trim().split(/\s+/).filter(Boolean));
  if (headings.length === 0 || paths.length === 0) {
    throw badColumns(
      "invalid template, missing spec line. Expected format is one line of space separated columns, one line of space separated column specs.",
    );
  }
  if (headings.length !== paths.length) {
    throw badColumns(
      `number of columns (${headings.length}) and column specs (${paths.length}) don't match`,
    );
  }
  return headings.map((heading, index) => column(heading, paths[index] ?? ""));
}

/** The same for a table: several values of a cell are parted by commas. */
export function customTable(columns: CustomColumn[]): Column<unknown>[] {
  return columns.map(({ heading, path }) => ({
    heading,
    cell: (item) => cell(path, item),
  }));
}

function cell(path: Path, item: unknown): string | undefined {
  try {
    const values = evaluate(path, item);
    return values.length > 0 ? values.map(asText).join(",") : undefined;
  } catch (error) {
    if (error instanceof TemplateError) throw badColumns(error.message);
    throw error;
  }
}

function column(heading: string, text: string): CustomColumn {
  try {
    return { heading, path: parseRelaxedPath(text) };
  } catch (error) {
    if (error instanceof TemplateError) throw badColumns(error.message);
    throw error;
  }
}

/** At the commas between columns, not those within brackets or quotes. */
function split(spec: string): string[] {
  return spec.match(/(?:\[[^\]]*\]|"[^"]*"|'[^']*'|[^,])+/g) ?? [];
}
