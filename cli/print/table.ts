import { printable } from "./printable.js";

/** A column: its heading, and a cell's text; nothing: `<none>`. */
export interface Column<T> {
  heading: string;
  cell(item: T): string | number | undefined;
}

const PADDING = 3;

/**
 * Objects as lines of aligned columns, as kubectl pads them.
 * @param headings whether the first line names the columns
 */
export function formatTable<T>(
  columns: Column<T>[],
  items: T[],
  headings = true,
): string {
  const rows = items.map((item) =>
    columns.map((column) => printable(text(column.cell(item)))),
  );
  if (headings) rows.unshift(columns.map((column) => column.heading));
  const widths = columns.map((_, index) =>
    Math.max(0, ...rows.map((row) => width(row[index] ?? ""))),
  );
  return rows.map((row) => `${formatRow(row, widths)}\n`).join("");
}

function text(value: string | number | undefined): string {
  return value === undefined || value === "" ? "<none>" : String(value);
}

function formatRow(row: string[], widths: number[]): string {
  const last = row.length - 1;
  return row
    .map((cell, index) => {
      const room = (widths[index] ?? 0) + PADDING - width(cell);
      return index === last ? cell : cell + " ".repeat(room);
    })
    .join("");
}

/** In characters, not in UTF-16 units. */
function width(cell: string): number {
  return [...cell].length;
}
