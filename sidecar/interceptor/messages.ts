import type { Route } from "../schema/routing.js";
import type { ToInterceptor } from "../schema/wire.js";

/** A message of the sidecar, from one line of its socket; undefined where it is none. */
export function parseMessage(line: string): ToInterceptor | undefined {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  return isMessage(value) ? value : undefined;
}

/** For so many seconds it may be told to list; it is asked to for half a minute. */
const LONGEST_LIST = 3_600;

function isMessage(value: unknown): value is ToInterceptor {
  if (!isObject(value)) return false;
  switch (value.type) {
    case "drain":
      return true;
    case "list":
      return (
        typeof value.seconds === "number" &&
        value.seconds >= 0 &&
        value.seconds <= LONGEST_LIST
      );
    case "probe":
      return Number.isInteger(value.id) && isAddress(value);
    case "table":
      return (
        isObject(value.table) &&
        Number.isInteger(value.table.version) &&
        Array.isArray(value.table.routes) &&
        value.table.routes.every(isRoute)
      );
    default:
      return false;
  }
}

function isRoute(value: unknown): value is Route {
  return (
    isObject(value) &&
    typeof value.session === "string" &&
    // It becomes part of a header.
    /^[\x21-\x7e]+$/.test(value.session) &&
    Array.isArray(value.match) &&
    value.match.every(isClause) &&
    isAddress(value.upstream) &&
    ["undefined", "string"].includes(typeof value.debugger) &&
    // It becomes part of a header too.
    (value.share === undefined ||
      (typeof value.share === "string" && /^[\w-]+$/.test(value.share))) &&
    typeof value.paused === "boolean" &&
    typeof value.whenPaused === "string" &&
    ["queue", "original", "reject"].includes(value.whenPaused) &&
    ["undefined", "number"].includes(typeof value.maxWait) &&
    (value.pausedRequests === undefined || isTexts(value.pausedRequests)) &&
    (value.probes === undefined || isProbes(value.probes)) &&
    ["undefined", "boolean"].includes(typeof value.cutIdle)
  );
}

function isProbes(value: unknown): boolean {
  return isObject(value) && isTexts(value.paths) && isTexts(value.userAgents);
}

function isTexts(value: unknown): value is string[] {
  return (
    Array.isArray(value) && value.every((text) => typeof text === "string")
  );
}

const MAPS = ["header", "cookie", "query", "baggage"];
const TEXTS = ["path", "method", "client"];

/** An unknown key is refused: to overlook it would match more than was asked. */
function isClause(value: unknown): boolean {
  return (
    isObject(value) &&
    Object.keys(value).length > 0 &&
    Object.entries(value).every(
      ([key, part]) =>
        (TEXTS.includes(key) && typeof part === "string") ||
        (MAPS.includes(key) &&
          isObject(part) &&
          Object.values(part).every((text) => typeof text === "string")),
    )
  );
}

function isAddress(value: unknown): boolean {
  return (
    isObject(value) &&
    typeof value.host === "string" &&
    typeof value.port === "number" &&
    Number.isInteger(value.port) &&
    value.port > 0 &&
    value.port < 65536
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
