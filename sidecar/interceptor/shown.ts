import { SHARE_NAME } from "../schema/share.js";
import type { RequestHead } from "./frame.js";

/** What is told of a target and a header, at most, in characters. */
const LONGEST_PATH = 512;
const LONGEST_VALUE = 200;

/** How many headers are told of. */
const MOST = 40;

/** Headers that say where a request came from and what it is; their values are no secrets. */
const PLAIN = new Set([
  "accept",
  "connection",
  "content-length",
  "content-type",
  "expect",
  "host",
  "traceparent",
  "transfer-encoding",
  "upgrade",
  "user-agent",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-proto",
  "x-request-id",
]);

/** Never told, even where a session matches by them. */
const SECRET = /cookie|auth|token|secret|passw|key|session|signature/;

/** A request's target as it may be shown: without the secrets that are ours. */
export function shownPath(target: string): string {
  const path = target.slice(0, LONGEST_PATH);
  if (path.includes("__debugger__"))
    return path.replace(/([?&](?:s|pin|cmd)=)[^&#]*/g, "$1…");
  if (path.includes(SHARE_NAME))
    return path.replace(new RegExp(`(${SHARE_NAME}=)[^&#]*`, "g"), "$1…");
  return path;
}

/**
 * A request's headers as they may be shown: all names, and values of those that
 * are known to be harmless, or that sessions match by.
 * @param wanted names that sessions match by, in lower case
 */
export function shownHeaders(
  headers: RequestHead["headers"],
  wanted: Set<string>,
): [name: string, value: string | null][] {
  return headers.slice(0, MOST).map(([name, value]) => {
    const key = name.toLowerCase();
    const plain = (PLAIN.has(key) || wanted.has(key)) && !SECRET.test(key);
    return [
      name.slice(0, LONGEST_VALUE),
      plain ? value.slice(0, LONGEST_VALUE) : null,
    ];
  });
}
