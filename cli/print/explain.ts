import type { Field } from "../../sidecar/schema/fields.js";

/** What is explained: a type's objects, or one field of them. */
export interface Explained {
  kind: string;
  version: string;
  /** The last name of the path; none: the object itself. */
  name: string | undefined;
  field: Field;
}

const WIDTH = 80;

/** A field and what is in it, as `kubectl explain` lays it out. */
export function formatExplained(
  { kind, version, name, field }: Explained,
  recursive: boolean,
): string {
  const { fields } = field;
  return [
    `KIND:       ${kind}\nVERSION:    ${version}\n\n`,
    name === undefined ? "" : `FIELD: ${heading(name, field, " ")}\n`,
    ...(name === undefined ? [] : [...facts(field, ""), "\n"]),
    `DESCRIPTION:\n${paragraph(field.description, 4)}\n`,
    fields ? `FIELDS:\n${recursive ? tree(fields, 2) : list(fields)}` : "",
  ].join("");
}

function list(fields: Record<string, Field>): string {
  return Object.entries(fields)
    .map(([name, field]) =>
      [
        `  ${heading(name, field, "\t")}\n`,
        ...facts(field, "  "),
        `${paragraph(field.description, 4)}\n`,
      ].join(""),
    )
    .join("");
}

/** All fields below, without their descriptions. */
function tree(fields: Record<string, Field>, indent: number): string {
  const blanks = " ".repeat(indent);
  return Object.entries(fields)
    .map(([name, field]) =>
      [
        `${blanks}${heading(name, field, "\t")}\n`,
        ...facts(field, blanks),
        tree(field.fields ?? {}, indent + 2),
      ].join(""),
    )
    .join("");
}

function heading(name: string, field: Field, gap: string): string {
  const required = field.required ? " -required-" : "";
  return `${name}${gap}<${field.type}>${required}`;
}

function facts(field: Field, indent: string): string[] {
  return [
    field.values ? `${indent}enum: ${field.values.join(", ")}\n` : "",
    field.default === undefined ? "" : `${indent}default: ${field.default}\n`,
  ];
}

/** A text in lines of at most 80 characters. */
function paragraph(text: string, indent: number): string {
  const blanks = " ".repeat(indent);
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + word.length < WIDTH) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(`${blanks}${word}`);
  }
  return `${lines.join("\n")}\n`;
}
