import type { MatchClause } from "./match.js";

type NamedKind = "header" | "cookie" | "query" | "baggage";
type PlainKind = "path" | "method" | "client";

/** One item of a match that could not be read, and what is accepted. */
export class MatchSyntaxError extends Error {
  constructor(
    readonly item: string,
    readonly accepted: string,
  ) {
    super(`"${item}": ${accepted}`);
    this.name = "MatchSyntaxError";
  }
}

const ACCEPTED =
  "must be header:NAME=VALUE, cookie:NAME=VALUE, query:NAME=VALUE, baggage:KEY=VALUE, path=GLOB, method=METHOD or client=CIDR";

/** Reads items such as `header:x-debug=alice`: one clause, all of which must hold. */
export function parseMatchClause(items: string[]): MatchClause {
  const named = new Map<NamedKind, Map<string, string>>();
  const clause: MatchClause = {};
  for (const item of items) {
    const [, kind, name, value] =
      /^(header|cookie|query|baggage):([^=]+)=(.*)$/s.exec(item) ?? [];
    if (kind && name && value !== undefined) {
      const values = named.get(kind as NamedKind) ?? new Map<string, string>();
      // Names of headers are the same in any case.
      const key = kind === "header" ? name.toLowerCase() : name;
      if (values.has(key) && values.get(key) !== value) {
        throw new MatchSyntaxError(
          item,
          `no request can have two values for ${kind} ${name}`,
        );
      }
      named.set(kind as NamedKind, values.set(key, value));
      continue;
    }
    const [, plain, text] = /^(path|method|client)=(.+)$/s.exec(item) ?? [];
    if (!plain || !text) throw new MatchSyntaxError(item, ACCEPTED);
    if (clause[plain as PlainKind] !== undefined) {
      throw new MatchSyntaxError(item, `${plain} can be given only once`);
    }
    clause[plain as PlainKind] = text;
  }
  for (const [kind, values] of named) clause[kind] = Object.fromEntries(values);
  return clause;
}

/** Reads a whole match as `formatMatch` writes it: `,` is AND, `|` is OR. */
export function parseMatch(text: string): MatchClause[] {
  return text
    .split("|")
    .map((clause) => parseMatchClause(clause.split(",").map((i) => i.trim())));
}

/** A match as text: `,` is AND, `|` is OR, `<all>` every request. */
export function formatMatch(match: MatchClause[] | undefined): string {
  if (!match || match.length === 0) return "<all>";
  return match.map((clause) => clauseItems(clause).join(",")).join("|");
}

function clauseItems(clause: MatchClause): string[] {
  return Object.entries(clause).flatMap(([kind, value]) =>
    typeof value === "string"
      ? [`${kind}=${value}`]
      : Object.entries(value ?? {}).map(([n, v]) => `${kind}:${n}=${v}`),
  );
}
