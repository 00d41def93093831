import { readFileSync } from "node:fs";
import { unreadableFile } from "../errors.js";
import { badOutput, badTemplate, noTemplate } from "../output-errors.js";
import { TemplateError } from "../jsonpath/path.js";
import { parseTemplate, type Template } from "../jsonpath/template.js";
import {
  parseColumns,
  parseColumnsFile,
  type CustomColumn,
} from "./custom-columns.js";

/** How objects are printed. */
export type Printer =
  | { kind: "table"; wide: boolean }
  | { kind: "name" | "json" | "yaml" }
  | { kind: "jsonpath"; text: string; template: Template; asJson: boolean }
  | { kind: "custom-columns"; columns: CustomColumn[] };

/** All formats of `get -o`, as they are told to who asks for another. */
export const GET_FORMATS = [
  "custom-columns",
  "custom-columns-file",
  "json",
  "jsonpath",
  "jsonpath-as-json",
  "jsonpath-file",
  "name",
  "wide",
  "yaml",
] as const;

const EXAMPLES: Record<string, string> = {
  jsonpath: "{.items[*].metadata.name}",
  "jsonpath-as-json": "{.items[*].metadata.name}",
  "jsonpath-file": "FILE",
  "custom-columns": "NAME:.metadata.name",
  "custom-columns-file": "FILE",
};

/** Reads `-o` of `get`: a format, or a format and its template behind `=`. */
export function parsePrinter(value: string | undefined): Printer {
  if (value === undefined) return { kind: "table", wide: false };
  const equals = value.indexOf("=");
  const name = equals < 0 ? value : value.slice(0, equals);
  const given = equals < 0 ? "" : value.slice(equals + 1);
  const format = GET_FORMATS.find((each) => each === name);
  const example = EXAMPLES[name];
  if (!format || (equals >= 0 && example === undefined)) {
    throw badOutput(value, [...GET_FORMATS]);
  }
  if (example !== undefined && given === "") throw noTemplate(name, example);
  switch (format) {
    case "wide":
      return { kind: "table", wide: true };
    case "name":
    case "json":
    case "yaml":
      return { kind: format };
    case "jsonpath":
      return jsonpath(given);
    case "jsonpath-as-json":
      return jsonpath(given, true);
    case "jsonpath-file":
      return jsonpath(readText(given).replace(/\n$/, ""));
    case "custom-columns":
      return { kind: "custom-columns", columns: parseColumns(given) };
    case "custom-columns-file": {
      const columns = parseColumnsFile(readText(given));
      return { kind: "custom-columns", columns };
    }
  }
}

/** A template that stands without braces is one path, as kubectl takes it. */
function jsonpath(given: string, asJson = false): Printer {
  const text = given.includes("{") ? given : `{${given}}`;
  try {
    return { kind: "jsonpath", text, template: parseTemplate(text), asJson };
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw badTemplate(given, error.message);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw unreadableFile(path, error);
  }
}
