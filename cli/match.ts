import type { MatchClause } from "../sidecar/schema/match.js";
import {
  MatchSyntaxError,
  parseMatchClause,
} from "../sidecar/schema/match-text.js";
import { badFlag } from "./errors.js";
import { shellQuote } from "./shell-quote.js";

/** Reads the `--match` flags: together they are one clause, all of which must hold. */
export function parseMatch(path: string, flags: string[]): MatchClause {
  try {
    return parseMatchClause(flags);
  } catch (error) {
    if (!(error instanceof MatchSyntaxError)) throw error;
    throw badFlag(path, "--match", error.item, error.accepted);
  }
}

/** How to send a request that matches, in words and a command to adapt. */
export function howToMatch(match: MatchClause[] | undefined): string {
  const clause = match?.[0];
  if (!clause) return "every request goes to the replica: send any request";
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
