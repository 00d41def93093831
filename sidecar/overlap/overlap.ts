import { inBlock } from "../interceptor/cidr.js";
import type { MatchClause } from "../schema/match.js";
import { commonPath, commonValue, type Common } from "./glob-intersection.js";
import { pathReadings, valueReadings } from "./readings.js";

/** Two clauses of two sessions that one request may match both. */
export interface Overlap {
  /** Of the first match; empty where that takes every request. */
  a: MatchClause;
  b: MatchClause;
}

/**
 * Whether one request could be taken by both matches; an empty one takes every
 * request. Only usual requests count: those that carry no header, cookie or
 * entry of baggage twice with different values, and no slash of their path as
 * %2F. What is unusual goes to the session that is asked first.
 */
export function mayOverlap(a: MatchClause[], b: MatchClause[]): boolean {
  return findOverlap(a, b) !== undefined;
}

/** The first two clauses that one request may match both. */
export function findOverlap(
  a: MatchClause[],
  b: MatchClause[],
): Overlap | undefined {
  for (const one of orEvery(a)) {
    const other = orEvery(b).find((each) => !exclude(one, each));
    if (other) return { a: one, b: other };
  }
  return undefined;
}

const orEvery = (match: MatchClause[]) => (match.length > 0 ? match : [{}]);

/** Whether something that both clauses name keeps every request from matching both. */
function exclude(a: MatchClause, b: MatchClause): boolean {
  return exclusions.some((each) => each(a, b));
}

/** One reason each why no request can match both; what one does not name is no reason. */
const exclusions: ((a: MatchClause, b: MatchClause) => boolean)[] = [
  function methods({ method: a }, { method: b }) {
    return !!a && !!b && a.toUpperCase() !== b.toUpperCase();
  },
  function clients({ client: a }, { client: b }) {
    return !!a && !!b && !blocksMeet(a, b);
  },
  function paths({ path: a }, { path: b }) {
    return !!a && !!b && !commonOfPaths(a, b).possible;
  },
  function headers(a, b) {
    const lower = (name: string) => name.toLowerCase();
    return differ(a.header, b.header, commonOfBytes, lower);
  },
  function cookies(a, b) {
    return differ(a.cookie, b.cookie, commonOfBytes);
  },
  function queries(a, b) {
    return differ(a.query, b.query, commonValue);
  },
  function baggage(a, b) {
    return differ(a.baggage, b.baggage, commonValue);
  },
];

/** Whether some name must have a value for the one that it cannot have for the other. */
function differ(
  a: Record<string, string> = {},
  b: Record<string, string> = {},
  common: (a: string, b: string) => Common,
  same: (name: string) => string = (name) => name,
): boolean {
  return Object.entries(a).some(([name, value]) =>
    Object.entries(b).some(
      ([other, wanted]) =>
        same(name) === same(other) && !common(value, wanted).possible,
    ),
  );
}

/** Whether two blocks of addresses have one in common: then one holds the other. */
export function blocksMeet(a: string, b: string): boolean {
  return inBlock(a, addressOf(b)) || inBlock(b, addressOf(a));
}

const addressOf = (block: string) => block.split("/")[0] ?? "";

/** What two patterns of a header's or cookie's value have in common. */
export function commonOfBytes(a: string, b: string): Common {
  return firstCommon(valueReadings(a), valueReadings(b), commonValue);
}

/** What two globs of paths have in common. */
export function commonOfPaths(a: string, b: string): Common {
  const [ofA, ofB] = [pathReadings(a), pathReadings(b)];
  return ofA && ofB ? firstCommon(ofA, ofB, commonPath) : { possible: true };
}

function firstCommon(
  a: string[],
  b: string[],
  common: (a: string, b: string) => Common,
): Common {
  const all = a.flatMap((one) => b.map((other) => common(one, other)));
  return all.find(({ possible }) => possible) ?? { possible: false };
}
