import { printable } from "../../sidecar/schema/printable.js";

/** A column: its heading, and a cell's text; nothing: `<none>`. */
export interface Column<T> {
  heading: string;
  cell(item: T): string | number | undefined;
}

const PADDING = 3;

/**
 * Objects as lines of aligned columns, as kubectl pads them.
 * @param headings whether the first line names the columns
 * @param widths of the columns, at least; left as they are now, for rows that follow
 */
export function formatTable<T>(
  columns: Column<T>[],
  items: T[],
  headings = true,
  widths: number[] = [],
): string {
  const rows = items.map((item) =>
    columns.map((column) => printable(text(column.cell(item)))),
  );
  if (headings) rows.unshift(columns.map((column) => column.heading));
  columns.forEach((_, index) => {
    const cells = rows.map((row) => width(row[index] ?? ""));
    widths[index] = Math.max(widths[index] ?? 0, ...cells);
  });
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
