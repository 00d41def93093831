import {
  OPERATORS,
  TemplateError,
  type Operator,
  type Path,
  type Slice,
  type Step,
} from "./path.js";
import { unquote } from "./unquote.js";

/** What ends the name of a field, unless a backslash is before it. */
const FIELD = /(?:\\[\s\S]|[^\\\s.,[\]$@{}()'"])+/y;
const NUMBER = /[+-]?\d+(?:\.\d+)?/y;
const WORD = /[A-Za-z_][\w-]*/y;
/** Nobody means brackets in brackets that are deeper. */
const MAX_DEPTH = 50;
const SLICE = /^(-?\d*)(?::(-?\d*))?(?::(-?\d*))?$/;

/** Reads a path: `.items[0]['a','b']..name`, `$`, `@`, a quoted text, a number. */
export function parsePath(text: string): Path {
  const path: Path = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [];
    if (found !== undefined) at += found.length;
    return found;
  };
  while (at < text.length) {
    const char = text[at] ?? "";
    if (/[\s$@]/.test(char)) {
      at += 1; // the object itself, where a path begins anyway
    } else if (char === ".") {
      const dots = take(/\.+/y) ?? "";
      if (dots.length > 3) {
        throw new TemplateError("invalid multiple recursive descent");
      }
      if (dots.length > 1) path.push({ kind: "recursive" });
      const name = take(FIELD);
      if (name !== undefined) path.push(field(name));
      else if (dots.length === 1 && text[at] !== "[" && at < text.length) {
        throw new TemplateError(unrecognized(text[at] ?? ""));
      }
    } else if (char === "[") {
      const end = closing(text, at);
      path.push(bracket(text.slice(at + 1, end)));
      at = end + 1;
    } else if (char === '"' || char === "'") {
      const end = quoteEnd(text, at);
      path.push({ kind: "literal", value: unquote(text.slice(at, end)) });
      at = end;
    } else if (/[\d+-]/.test(char)) {
      const number = take(NUMBER);
      if (number === undefined) throw new TemplateError(unrecognized(char));
      path.push({ kind: "literal", value: Number(number) });
    } else {
      const word = take(WORD);
      if (word === undefined) throw new TemplateError(unrecognized(char));
      if (word !== "true" && word !== "false") {
        throw new TemplateError(`unrecognized identifier ${word}`);
      }
      path.push({ kind: "literal", value: word === "true" });
    }
  }
  return path;
}

function unrecognized(char: string): string {
  return `unrecognized character in action: '${char}'`;
}

function field(name: string): Step {
  return name === "*"
    ? { kind: "wildcard" }
    : { kind: "field", name: name.replaceAll(/\\([\s\S])/g, "$1") };
}

/** What is between `[` and `]`. */
function bracket(text: string): Step {
  const inner = text.trim();
  if (inner === "*") return { kind: "slice", slice: { only: false } };
  if (inner.startsWith("?(") && inner.endsWith(")")) {
    return filter(inner.slice(2, -1));
  }
  const parts = splitAtCommas(inner);
  if (parts.length > 1) {
    return {
      kind: "union",
      paths: parts.map((part) => [bracket(part)]),
    };
  }
  if (/^(['"]).*\1$/s.test(inner)) return keyed(unquote(inner));
  return { kind: "slice", slice: slice(inner) };
}

/** A quoted key is a path of its own, as in kubectl; a `\.` is a dot of the name. */
function keyed(key: string): Step {
  const path = parsePath(key.startsWith(".") ? key : `.${key}`);
  const [only] = path;
  return only && path.length === 1 ? only : { kind: "union", paths: [path] };
}

function slice(text: string): Slice {
  const [, from, to, step] = SLICE.exec(text) ?? [];
  if (from === undefined || text === "") {
    throw new TemplateError(`invalid array index ${text}`);
  }
  const read = (part: string | undefined) => (part ? Number(part) : undefined);
  return {
    from: read(from),
    to: read(to),
    step: read(step),
    only: to === undefined,
  };
}

function filter(text: string): Step {
  for (const [at, operator] of operatorsOf(text)) {
    const left = parsePath(text.slice(0, at));
    const to = parsePath(text.slice(at + operator.length));
    return { kind: "filter", left, compare: { operator, to } };
  }
  return { kind: "filter", left: parsePath(text) };
}

/** The first operator that is outside of quotes, and where it is. */
function* operatorsOf(text: string): Generator<[number, Operator]> {
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === '"' || char === "'") at = quoteEnd(text, at) - 1;
    else if (/[=!<>]/.test(char)) {
      const run = /^[=!<>~]+/.exec(text.slice(at))?.[0] ?? "";
      const operator = OPERATORS.find((each) => each === run);
      if (!operator) {
        throw new TemplateError(`unrecognized filter operator ${run}`);
      }
      yield [at, operator];
    }
  }
}

function splitAtCommas(text: string): string[] {
  const parts: string[] = [];
  let begin = 0;
  for (let at = 0; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === '"' || char === "'") at = quoteEnd(text, at) - 1;
    else if (char === ",") {
      parts.push(text.slice(begin, at).trim());
      begin = at + 1;
    }
  }
  return [...parts, text.slice(begin).trim()];
}

/** Where the bracket that opens at `begin` closes. */
function closing(text: string, begin: number): number {
  let depth = 0;
  for (let at = begin; at < text.length; at++) {
    const char = text[at] ?? "";
    if (char === '"' || char === "'") at = quoteEnd(text, at) - 1;
    else if (char === "[") {
      if (++depth > MAX_DEPTH) throw new TemplateError("nested too deeply");
    } else if (char === "]" && --depth === 0) return at;
  }
  const what = text.startsWith("[?(", begin) ? "filter" : "array";
  throw new TemplateError(`unterminated ${what}`);
}

/** Behind the quote that ends the text which begins at `begin`. */
export function quoteEnd(text: string, begin: number): number {
  const quote = text[begin];
  for (let at = begin + 1; at < text.length; at++) {
    if (text[at] === "\\") at += 1;
    else if (text[at] === quote) return at + 1;
  }
  throw new TemplateError("unterminated quoted string");
}
