import { TemplateError, type Path } from "./path.js";
import { parsePath } from "./parse-path.js";

/** Reads one path as columns and sorting take it: braces and the first dot may be left out. */
export function parseRelaxedPath(text: string): Path {
  const [, braced, plain] =
    /^\{\.?([^{}]+)\}$|^\.?([^{}]+)$/.exec(text.trim()) ?? [];
  const inner = braced ?? plain;
  if (inner === undefined) {
    throw new TemplateError(
      `unexpected path string, expected a 'name1.name2' or '.name1.name2' or '{name1.name2}' or '{.name1.name2}'`,
    );
  }
  return parsePath(/^[.[$@]/.test(inner) ? inner : `.${inner}`);
}
