import type { MatchClause } from "../schema/match.js";
import { inBlock } from "./cidr.js";
import { valuesOf, type RequestHead } from "./frame.js";
import { matchesPath, matchesValue } from "./glob.js";

/** What a clause is asked about. */
export type Matchable = Pick<RequestHead, "method" | "target" | "headers">;

/** Whether all that a clause names holds for a request from a client's address. */
export function matches(
  clause: MatchClause,
  request: Matchable,
  client: string,
): boolean {
  return tests.every((test) => test(clause, request, client));
}

type Test = (
  clause: MatchClause,
  request: Matchable,
  client: string,
) => boolean;

/** One test for each thing a clause can name; what it does not name holds. */
const tests: Test[] = [
  function method(clause, request) {
    return (
      !clause.method ||
      clause.method.toUpperCase() === request.method.toUpperCase()
    );
  },
  function client(clause, _request, address) {
    return !clause.client || inBlock(clause.client, address);
  },
  function path(clause, request) {
    if (!clause.path) return true;
    const raw = pathOf(request.target);
    return (
      matchesPath(clause.path, raw) || matchesPath(clause.path, decode(raw))
    );
  },
  function header(clause, request) {
    return every(clause.header, (name) =>
      valuesOf(request.headers, name.toLowerCase()).flatMap(readings),
    );
  },
  function cookie(clause, request) {
    return every(clause.cookie, (name) =>
      cookiesOf(request, name).flatMap((value) =>
        readings(value.replace(/^"(.*)"$/, "$1")),
      ),
    );
  },
  function query(clause, request) {
    return every(clause.query, (name) =>
      queryOf(request.target, name).slice(0, 1),
    );
  },
  function baggage(clause, request) {
    return every(clause.baggage, (key) =>
      named(splitValues(request, "baggage", ","), key).map((member) =>
        decode(member.split(";")[0]!.trim()),
      ),
    );
  },
];

function every(
  wanted: Record<string, string> | undefined,
  found: (name: string) => string[],
): boolean {
  return Object.entries(wanted ?? {}).every(([name, pattern]) =>
    found(name).some((value) => matchesValue(pattern, value)),
  );
}

/** The path of a request target, in origin form or in absolute form. */
function pathOf(target: string): string {
  const path = target.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "");
  return path.replace(/[?#].*$/s, "") || "/";
}

/** All values of a parameter of the target's query, in their order. */
export function queryOf(target: string, name: string): string[] {
  const start = target.indexOf("?");
  if (start < 0) return [];
  const pairs = target
    .slice(start + 1)
    .replace(/#.*$/s, "")
    .split("&");
  const found: string[] = [];
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    const key = equals < 0 ? pair : pair.slice(0, equals);
    if (decode(key.replaceAll("+", " ")) === name)
      found.push(
        equals < 0 ? "" : decode(pair.slice(equals + 1).replaceAll("+", " ")),
      );
  }
  return found;
}

/** All values of a cookie, in their order. */
export function cookiesOf(
  request: Pick<Matchable, "headers">,
  name: string,
): string[] {
  return named(splitValues(request, "cookie", ";"), name);
}

function splitValues(
  request: Pick<Matchable, "headers">,
  header: string,
  separator: string,
): string[] {
  return valuesOf(request.headers, header).flatMap((value) =>
    value.split(separator),
  );
}

function named(pairs: string[], name: string): string[] {
  const found: string[] = [];
  for (const pair of pairs) {
    const equals = pair.indexOf("=");
    if (equals > 0 && pair.slice(0, equals).trim() === name)
      found.push(pair.slice(equals + 1).trim());
  }
  return found;
}

/** Header bytes are read as Latin-1; people write their patterns in UTF-8. */
function readings(value: string): string[] {
  return /[\x80-\xff]/.test(value)
    ? [value, Buffer.from(value, "latin1").toString("utf8")]
    : [value];
}

function decode(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
