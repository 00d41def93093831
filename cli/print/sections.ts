import { printable } from "../../sidecar/schema/printable.js";

const LABEL_WIDTH = 14;

/** One line: a label and its value. */
export function field(
  label: string,
  value: string | number | undefined,
  none = "<none>",
): string {
  const shown = value === undefined || value === "" ? none : String(value);
  return `${`${label}:`.padEnd(LABEL_WIDTH)}${printable(shown)}\n`;
}

/** A label, and below it what is described there; nothing is said to be none. */
export function block(label: string, body: string | false): string {
  return body ? `${label}:\n${indent(body)}` : field(label, undefined);
}

function indent(body: string): string {
  return body.replaceAll(/^(?=.)/gm, "  ");
}

/** Texts, a line each. */
export function lines(texts: string[]): string {
  return texts.map((text) => `${printable(text)}\n`).join("");
}
