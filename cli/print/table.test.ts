import { expect, test } from "vitest";
import { formatTable, type Column } from "./table.js";

interface Row {
  name: string;
  note?: string;
}

const COLUMNS: Column<Row>[] = [
  { heading: "NAME", cell: (row) => row.name },
  { heading: "NOTE", cell: (row) => row.note },
];

test("columns are padded by three blanks, the last not at all", () => {
  const rows = [
    { name: "a", note: "x" },
    { name: "longer", note: "yy" },
  ];
  expect(formatTable(COLUMNS, rows)).toBe(
    "NAME     NOTE\na        x\nlonger   yy\n",
  );
});

test("without headings, columns are as wide as what is in them", () => {
  expect(formatTable(COLUMNS, [{ name: "a", note: "x" }], false)).toBe(
    "a   x\n",
  );
});

test("nothing is <none>", () => {
  expect(formatTable(COLUMNS, [{ name: "", note: undefined }])).toBe(
    "NAME     NOTE\n<none>   <none>\n",
  );
});

test("characters count as one each, whatever their encoding", () => {
  expect(formatTable(COLUMNS, [{ name: "😀é", note: "x" }], false)).toBe(
    "😀é   x\n",
  );
});

test("a cell cannot steer the terminal or break the line", () => {
  const shown = formatTable(COLUMNS, [{ name: "\x1b[2Ja\nb\u202e" }], false);
  expect(shown).toBe("\\u001b[2Ja\\nb\\u202e   <none>\n");
});
