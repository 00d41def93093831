import { formatMatch, type SessionSpec } from "../schema/index.js";

/** The same text for matches that are the same, however they were written. */
export function canonicalMatch(spec: SessionSpec): string {
  const clauses = (spec.match ?? []).map((clause) =>
    formatMatch([
      {
        ...clause,
        ...(clause.header && { header: lowerCased(clause.header) }),
        ...(clause.method && { method: clause.method.toUpperCase() }),
      },
    ])
      .split(",")
      .sort()
      .join(","),
  );
  return [...new Set(clauses)].sort().join("|");
}

/** What a session takes, in words. */
export function matchText(spec: SessionSpec): string {
  return spec.match
    ? `the requests ${formatMatch(spec.match)}`
    : "every request";
}

function lowerCased(header: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(header).map(([name, value]) => [name.toLowerCase(), value]),
  );
}
