import { matches } from "../interceptor/match.js";
import type { MatchClause } from "../schema/match.js";
import { commonValue, type Common } from "./glob-intersection.js";
import {
  blocksMeet,
  commonOfBytes,
  commonOfPaths,
  type Overlap,
} from "./overlap.js";

/** A request that shows what two clauses have in common. */
export interface Example {
  method: string;
  /** Path and query. */
  target: string;
  headers: [name: string, value: string][];
  /** The addresses it may come from; undefined: any. */
  client: string | undefined;
}

/** A request that matches both clauses; undefined where none is easily made. */
export function exampleOf({ a, b }: Overlap): Example | undefined {
  const header = merged(lowered(a.header), lowered(b.header), commonOfBytes);
  const cookie = merged(a.cookie, b.cookie, commonOfBytes);
  const query = merged(a.query, b.query, commonValue);
  const baggage = merged(a.baggage, b.baggage, commonValue);
  const encoded = (pairs: [string, string][]) =>
    pairs.map((pair) =>
      pair.map((text) => encodeURIComponent(wellFormed(text) ?? "")).join("="),
    );
  const headers = [...header];
  if (cookie.length > 0)
    headers.push(["cookie", cookie.map((pair) => pair.join("=")).join("; ")]);
  if (baggage.length > 0) headers.push(["baggage", encoded(baggage).join(",")]);
  const search = encoded(query).join("&");
  const example: Example = {
    method: (a.method ?? b.method ?? "GET").toUpperCase(),
    target: `${pathFor(a.path, b.path)}${search && `?${search}`}`,
    headers,
    client: narrower(a.client, b.client),
  };
  return [a, b].every((clause) => holds(clause, example)) ? example : undefined;
}

/** An example in words: `GET /orders/7 with x-debug: alice`. */
export function formatExample(example: Example): string {
  const { method, target, headers, client } = example;
  const lines = headers.map((header) => header.join(": "));
  const carried = lines.length > 0 ? ` with ${lines.join(" and ")}` : "";
  return `${method} ${target}${carried}${client ? ` from ${client}` : ""}`;
}

/** A value for each name of either, such that it matches those of both. */
function merged(
  a: Record<string, string> = {},
  b: Record<string, string> = {},
  common: (a: string, b: string) => Common,
): [string, string][] {
  const others = new Map(Object.entries(b));
  return Object.entries({ ...b, ...a }).map(([name, pattern]) => {
    const found = common(pattern, others.get(name) ?? pattern);
    const text = found.possible ? wellFormed(found.text) : undefined;
    // Any value will do, and an empty one looks like a mistake.
    return [name, text === "" && pattern !== "" ? "x" : (text ?? "")];
  });
}

/** Without halves of characters, which cannot be encoded. */
const wellFormed = (text: string | undefined): string | undefined =>
  text && Buffer.from(text).toString();

function lowered(header: Record<string, string> = {}): Record<string, string> {
  return Object.fromEntries(
    Object.entries(header).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function pathFor(a = "/**", b = "/**"): string {
  const found = commonOfPaths(a, b);
  const text = (found.possible ? wellFormed(found.text) : undefined) ?? "/";
  const path = text.startsWith("/") ? text : `/${text}`;
  return path.replace(/[^!-~]+|[?#]/g, encodeURIComponent);
}

function narrower(a: string | undefined, b: string | undefined) {
  if (!a || !b || !blocksMeet(a, b)) return a ?? b;
  const bits = (block: string) => Number(block.split("/")[1] ?? 128);
  return bits(a) >= bits(b) ? a : b;
}

/** Asked of the interceptor's own judge: what is told must be true. */
function holds(clause: MatchClause, example: Example): boolean {
  const { method, target, headers, client = "" } = example;
  const bytes = headers.map(([name, value]): [string, string] => [
    name,
    Buffer.from(value, "utf8").toString("latin1"),
  ]);
  const request = { method, target, headers: bytes };
  return matches(clause, request, client.split("/")[0] ?? "");
}
