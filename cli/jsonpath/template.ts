import { TemplateError, type Action, type Path } from "./path.js";
import { parsePath, quoteEnd } from "./parse-path.js";

/** A template: texts, paths in braces, and loops over what a path finds. */
export type Template = Part[];
export type Part =
  | { kind: "text"; text: string }
  | { kind: "path"; path: Path }
  | { kind: "range"; path: Path; body: Template };

/** Reads kubectl's dialect: `{range .items[*]}{.metadata.name}{"\n"}{end}`. */
export function parseTemplate(text: string): Template {
  const root: Template = [];
  const open: Template[] = [root];
  let at = 0;
  while (at < text.length) {
    const current = open.at(-1) ?? root;
    const brace = text.indexOf("{", at);
    const end = brace < 0 ? text.length : brace;
    if (end > at) current.push({ kind: "text", text: text.slice(at, end) });
    if (brace < 0) break;
    const close = closingBrace(text, brace);
    const action = parseAction(text.slice(brace + 1, close));
    at = close + 1;
    if (action.kind === "path") current.push(action);
    else if (action.kind === "range") {
      const body: Template = [];
      current.push({ ...action, body });
      open.push(body);
    } else {
      open.pop();
      if (open.length === 0) {
        throw new TemplateError("not in range, nothing to end");
      }
    }
  }
  if (open.length > 1) {
    throw new TemplateError("range without an end: {end} is missing");
  }
  return root;
}

function parseAction(text: string): Action {
  const inner = text.trim();
  if (inner === "end") return { kind: "end" };
  const [, looped] = /^range\b([\s\S]*)$/.exec(inner) ?? [];
  if (looped !== undefined) return { kind: "range", path: parsePath(looped) };
  return { kind: "path", path: parsePath(inner) };
}

function closingBrace(text: string, begin: number): number {
  for (let at = begin + 1; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === '"' || char === "'") at = quoteEnd(text, at) - 1;
    else if (char === "}") return at;
  }
  throw new TemplateError("unclosed action");
}
