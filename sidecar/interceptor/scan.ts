import { MAX_HEAD } from "./frame.js";

// The heads of nearly all messages are plain. Those are read here byte by byte,
// with next to no allocation; whatever is rare, odd or malformed is left to
// `parseRequestHead` and `parseResponseHead`, which decide. So all that this
// could do wrong is to take for plain what they read differently.

/** A body's length where there is none, and where it is chunked. */
export const NO_BODY = 0;
export const CHUNKED = -1;

/** The head of a plain request. */
export class PlainRequest {
  method = "";
  target = "";
  /** The headers that were asked for. */
  headers: [name: string, value: string][] = [];
  /** In bytes, or `CHUNKED`. */
  length = NO_BODY;
  keepAlive = true;
  minor: 0 | 1 = 1;
}

/** The head of a plain response. */
export class PlainResponse {
  status = 0;
  /** In bytes, or `CHUNKED`. */
  length = NO_BODY;
  keepAlive = true;
}

const CR = 13;
const LF = 10;
const SPACE = 32;
const COLON = 58;
const TAB = 9;

/** What a byte may be part of. */
const TOKEN = 1;
const TARGET = 2;
const VALUE = 4;

const kinds = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  const control = byte < 32 || byte === 127;
  if (/[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(byte)))
    kinds[byte]! |= TOKEN;
  // A non-breaking space, too, is one that somebody takes for the target's end.
  if (!control && byte !== SPACE && byte < 127) kinds[byte]! |= TARGET;
  if (!control || byte === TAB) kinds[byte]! |= VALUE;
}

/** Header names by their length, in lower case. */
export type Wanted = string[][];

/** Header names, ordered for the scan. */
export function wanted(names: Iterable<string>): Wanted {
  const byLength: Wanted = [];
  for (const name of names)
    (byLength[name.length] ??= []).push(name.toLowerCase());
  return byLength;
}

// Where the scan of the headers that both kinds of head have in common ends,
// and what it found.
let lengths = 0;
let length = NO_BODY;
let chunked = false;
let connection: "" | "close" | "keep-alive" = "";
let hosts = 0;

/**
 * Reads the plain request head that begins at `from`.
 * @returns where it ends; 0 where it is not plain, or not complete
 */
export function scanRequest(
  bytes: Buffer,
  from: number,
  names: Wanted,
  into: PlainRequest,
): number {
  const end = bytes.length;
  let i = from;
  while (i < end && kinds[bytes[i]!]! & TOKEN) i++;
  if (i === from || i >= end || bytes[i] !== SPACE) return 0;
  const target = ++i;
  while (i < end && kinds[bytes[i]!]! & TARGET) i++;
  // " HTTP/1.x", and the line's end
  if (i === target || i + 11 > end || bytes[i] !== SPACE) return 0;
  const minor = versionAt(bytes, i + 1);
  if (minor < 0 || bytes[i + 9] !== CR || bytes[i + 10] !== LF) return 0;
  into.headers.length = 0;
  const stop = scanHeaders(bytes, i + 11, names, into.headers);
  if (stop === 0 || stop - from > MAX_HEAD || hosts > 1) return 0;
  if (chunked && (lengths > 0 || minor === 0)) return 0;
  into.method = methodAt(bytes, from, target - 1);
  // What comes after the answer to it is a tunnel.
  if (into.method === "CONNECT") return 0;
  into.target = bytes.toString("latin1", target, i);
  into.length = chunked ? CHUNKED : length;
  into.minor = minor as 0 | 1;
  into.keepAlive =
    minor === 1 ? connection !== "close" : connection === "keep-alive";
  return stop;
}

/**
 * Reads the plain response head that begins at `from`: a final one whose body
 * does not last as long as the connection.
 * @returns where it ends; 0 where it is not plain, or not complete
 */
export function scanResponse(
  bytes: Buffer,
  from: number,
  toHead: boolean,
  into: PlainResponse,
): number {
  const end = bytes.length;
  if (from + 14 > end) return 0;
  const minor = versionAt(bytes, from);
  if (minor < 0 || bytes[from + 8] !== SPACE) return 0;
  const status = digits(bytes, from + 9, from + 12);
  if (status < 200 || status > 999) return 0;
  let i = from + 12;
  if (bytes[i] === SPACE) while (i < end && kinds[bytes[i]!]! & VALUE) i++;
  if (i + 2 > end || bytes[i] !== CR || bytes[i + 1] !== LF) return 0;
  const stop = scanHeaders(bytes, i + 2, NONE, NOTHING);
  if (stop === 0 || stop - from > MAX_HEAD) return 0;
  if (chunked && (lengths > 0 || minor === 0)) return 0;
  const bodiless = toHead || status === 204 || status === 304;
  if (!bodiless && !chunked && lengths === 0) return 0;
  into.status = status;
  into.length = bodiless ? NO_BODY : chunked ? CHUNKED : length;
  into.keepAlive =
    minor === 1 ? connection !== "close" : connection === "keep-alive";
  return stop;
}

const NONE: Wanted = [];
const NOTHING: [string, string][] = [];

/** Reads header lines up to and with the empty one; 0 where one is not plain. */
function scanHeaders(
  bytes: Buffer,
  from: number,
  names: Wanted,
  found: [string, string][],
): number {
  lengths = hosts = 0;
  length = NO_BODY;
  chunked = false;
  connection = "";
  const end = bytes.length;
  let i = from;
  for (;;) {
    const name = i;
    while (i < end && kinds[bytes[i]!]! & TOKEN) i++;
    if (i === name)
      return i + 1 < end && bytes[i] === CR && bytes[i + 1] === LF ? i + 2 : 0;
    if (i >= end || bytes[i] !== COLON) return 0;
    const colon = i;
    i++;
    while (i < end && kinds[bytes[i]!]! & VALUE) i++;
    if (i + 1 >= end || bytes[i] !== CR || bytes[i + 1] !== LF) return 0;
    if (!header(bytes, name, colon, i)) return 0;
    const candidates = names[colon - name];
    if (candidates !== undefined)
      for (const each of candidates)
        if (is(bytes, name, each))
          found.push([each, trimmed(bytes, colon + 1, i)]);
    i += 2;
  }
}

/** Notes what a header says about framing; false where it is for the parser to say. */
function header(
  bytes: Buffer,
  name: number,
  colon: number,
  end: number,
): boolean {
  switch (colon - name) {
    case 4:
      if (is(bytes, name, "host")) hosts++;
      return true;
    case 6:
      return !is(bytes, name, "expect");
    case 7:
      return !is(bytes, name, "upgrade");
    case 10: {
      if (!is(bytes, name, "connection")) return true;
      const value = trimmed(bytes, colon + 1, end).toLowerCase();
      if (connection !== "" || (value !== "close" && value !== "keep-alive"))
        return false;
      connection = value;
      return true;
    }
    case 14: {
      if (!is(bytes, name, "content-length")) return true;
      let from = colon + 1;
      while (from < end && isBlank(bytes[from]!)) from++;
      while (end > from && isBlank(bytes[end - 1]!)) end--;
      length = digits(bytes, from, end);
      return length >= 0 && ++lengths === 1;
    }
    case 17:
      if (!is(bytes, name, "transfer-encoding")) return true;
      if (chunked || trimmed(bytes, colon + 1, end).toLowerCase() !== "chunked")
        return false;
      chunked = true;
      return true;
    default:
      return true;
  }
}

/** The number written there in at most 15 digits; -1 where it is none. */
function digits(bytes: Buffer, from: number, end: number): number {
  if (end <= from || end - from > 15) return -1;
  let number = 0;
  for (let i = from; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (digit < 0 || digit > 9) return -1;
    number = number * 10 + digit;
  }
  return number;
}

/** The minor version of the `HTTP/1.x` there; -1 where it is something else. */
function versionAt(bytes: Buffer, at: number): number {
  const minor = bytes[at + 7]! - 48;
  return bytes[at] === 72 &&
    bytes[at + 1] === 84 &&
    bytes[at + 2] === 84 &&
    bytes[at + 3] === 80 &&
    bytes[at + 4] === 47 &&
    bytes[at + 5] === 49 &&
    bytes[at + 6] === 46 &&
    (minor === 0 || minor === 1)
    ? minor
    : -1;
}

/** Whether this name in lower case stands there, in any case. */
function is(bytes: Buffer, at: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const byte = bytes[at + i]!;
    const lower = byte >= 65 && byte <= 90 ? byte | 32 : byte;
    if (lower !== name.charCodeAt(i)) return false;
  }
  return true;
}

function trimmed(bytes: Buffer, from: number, end: number): string {
  while (from < end && isBlank(bytes[from]!)) from++;
  while (end > from && isBlank(bytes[end - 1]!)) end--;
  return bytes.toString("latin1", from, end);
}

const isBlank = (byte: number): boolean => byte === SPACE || byte === TAB;

function methodAt(bytes: Buffer, from: number, end: number): string {
  const isGet =
    end - from === 3 &&
    bytes[from] === 71 &&
    bytes[from + 1] === 69 &&
    bytes[from + 2] === 84;
  return isGet ? "GET" : bytes.toString("latin1", from, end);
}
