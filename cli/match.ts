import type { MatchClause } from "../sidecar/schema/match.js";
import { badFlag } from "./errors.js";
import { shellQuote } from "./shell-quote.js";

type NamedKind = "header" | "cookie" | "query" | "baggage";
type PlainKind = "path" | "method" | "client";

const ACCEPTED =
  "must be header:NAME=VALUE, cookie:NAME=VALUE, query:NAME=VALUE, baggage:KEY=VALUE, path=GLOB, method=METHOD or client=CIDR";

/** Reads the `--match` flags: together they are one clause, all of which must hold. */
export function parseMatch(path: string, flags: string[]): MatchClause {
  const named = new Map<NamedKind, Map<string, string>>();
  const clause: MatchClause = {};
  const wrong = (flag: string, accepted: string) =>
    badFlag(path, "--match", flag, accepted);
  for (const flag of flags) {
    const [, kind, name, value] =
      /^(header|cookie|query|baggage):([^=]+)=(.*)$/s.exec(flag) ?? [];
    if (kind && name && value !== undefined) {
      const values = named.get(kind as NamedKind) ?? new Map<string, string>();
      // Names of headers are the same in any case.
      const key = kind === "header" ? name.toLowerCase() : name;
      if (values.has(key) && values.get(key) !== value) {
        throw wrong(flag, `no request can have two values for ${kind} ${name}`);
      }
      named.set(kind as NamedKind, values.set(key, value));
      continue;
    }
    const [, plain, text] = /^(path|method|client)=(.+)$/s.exec(flag) ?? [];
    if (!plain || !text) throw wrong(flag, ACCEPTED);
    if (clause[plain as PlainKind] !== undefined) {
      throw wrong(flag, `${plain} can be given only once`);
    }
    clause[plain as PlainKind] = text;
  }
  for (const [kind, values] of named) clause[kind] = Object.fromEntries(values);
  return clause;
}

/** A match as `--match` takes it: `,` is AND, `|` is OR, `<all>` every request. */
export function formatMatch(match: MatchClause[] | undefined): string {
  if (!match || match.length === 0) return "<all>";
  return match.map((clause) => clauseFlags(clause).join(",")).join("|");
}

function clauseFlags(clause: MatchClause): string[] {
  return Object.entries(clause).flatMap(([kind, value]) =>
    typeof value === "string"
      ? [`${kind}=${value}`]
      : Object.entries(value ?? {}).map(([n, v]) => `${kind}:${n}=${v}`),
  );
}

/** How to send a request that matches, in words and a command to adapt. */
export function howToMatch(match: MatchClause[] | undefined): string {
  const clause = match?.[0];
  if (!clause) return "every request goes to the replica: send any";
  const words = ["curl"];
  if (clause.method && clause.method.toUpperCase() !== "GET") {
    words.push("-X", clause.method.toUpperCase());
  }
  for (const [name, value] of Object.entries(clause.header ?? {})) {
    words.push("-H", `${name}: ${value}`);
  }
  const pairs = (values: Record<string, string> | undefined) =>
    Object.entries(values ?? {}).map(
      ([n, v]) => `${encodeURIComponent(n)}=${encodeURIComponent(v)}`,
    );
  const baggage = pairs(clause.baggage).join(",");
  if (baggage) words.push("-H", `baggage: ${baggage}`);
  const cookies = Object.entries(clause.cookie ?? {}).map(
    ([n, v]) => `${n}=${v}`,
  );
  if (cookies.length > 0) words.push("-b", cookies.join("; "));
  const path = (clause.path ?? "/").replace(/^\*+/, "/");
  const query = pairs(clause.query).join("&");
  words.push(`http://YOUR-APP${path}${query && `?${query}`}`);
  const from = clause.client ? `, from ${clause.client}` : "";
  return `send a request that matches${from}, such as: ${words.map(shellQuote).join(" ")}`;
}
