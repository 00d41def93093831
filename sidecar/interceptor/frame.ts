/** How the body of a message is delimited. */
export type Framing =
  | { kind: "none" }
  | { kind: "length"; length: number }
  | { kind: "chunked" }
  | { kind: "close" };

/** What the heads of requests and responses have in common. */
interface Head {
  /** The head as received, with the empty line that ends it. */
  raw: Buffer;
  /** The minor version: HTTP/1.0 or HTTP/1.1. */
  minor: 0 | 1;
  /** Names as received, values without the white space around them. */
  headers: [name: string, value: string][];
  framing: Framing;
  /** Whether the sender means to keep the connection after this message. */
  keepAlive: boolean;
}

/** The head of a request whose end can be told without doubt. */
export interface RequestHead extends Head {
  method: string;
  target: string;
  /** Whether the client asks to leave HTTP (WebSocket and others). */
  upgrade: boolean;
  expectsContinue: boolean;
}

/** The head of a response whose end can be told without doubt. */
export interface ResponseHead extends Head {
  status: number;
  /** Whether what follows is no longer HTTP: 101, or the answer to CONNECT. */
  tunnel: boolean;
}

/** What cannot be framed without doubt, and why; it is never routed by its content. */
export class Malformed {
  constructor(readonly reason: string) {}
}

/** The largest head that is framed, in bytes. */
export const MAX_HEAD = 64 * 1024;

const CR = 13;
const LF = 10;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const REQUEST_LINE =
  /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([^\x00-\x20\x7f]+) HTTP\/1\.([01])$/;
const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: .*)?$/;
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/**
 * Finds where a head ends, in a buffer that grows; looks at each byte once.
 * A line feed alone is refused at once: with it the empty line may never come.
 * So is a first line of another protocol, such as memcached's `get key`.
 */
export class HeadScanner {
  private position = 0;
  private lineStart = 0;

  /** The head's length in bytes; undefined while more is needed. */
  scan(buffer: Buffer): number | Malformed | undefined {
    for (;;) {
      const at = buffer.indexOf(LF, this.position);
      if (at === -1) break;
      if (at === 0 || buffer[at - 1] !== CR)
        return new Malformed("a line feed without a carriage return");
      if (at >= MAX_HEAD) return tooLarge();
      if (at - 1 === this.lineStart)
        return at === 1 ? new Malformed("an empty first line") : at + 1;
      if (this.lineStart === 0 && !isStartLine(buffer, at - 1))
        return new Malformed("no HTTP/1 start line");
      this.position = this.lineStart = at + 1;
    }
    this.position = buffer.length;
    return buffer.length >= MAX_HEAD ? tooLarge() : undefined;
  }
}

/** Whether a request's or a response's first line, which ends here, may be HTTP/1's. */
function isStartLine(buffer: Buffer, end: number): boolean {
  return (
    buffer.toString("latin1", Math.max(end - 8, 0), end - 1) === "HTTP/1." ||
    buffer.toString("latin1", 0, 7) === "HTTP/1."
  );
}

const tooLarge = () =>
  new Malformed(`a head of more than ${MAX_HEAD / 1024} KiB`);

/** Whether these first bytes of a connection can still become an HTTP/1 request. */
export function mayBeHttp1(bytes: Buffer): boolean {
  if (bytes.subarray(0, 4).toString("latin1") === "PRI ") return false; // HTTP/2
  const space = bytes.indexOf(32);
  const method = bytes.toString("latin1", 0, space < 0 ? 33 : space);
  if (space < 0 && bytes.length === 0) return true;
  return method.length <= 32 && TOKEN.test(method);
}

/** Parses a complete request head; strict: whatever two parsers may read differently is malformed. */
export function parseRequestHead(raw: Buffer): RequestHead | Malformed {
  const lines = linesOf(raw);
  const match = REQUEST_LINE.exec(lines[0] ?? "");
  if (!match) return new Malformed("no HTTP/1 request line");
  const headers = parseHeaders(lines);
  if (headers instanceof Malformed) return headers;
  const minor = match[3] === "1" ? 1 : 0;
  if (valuesOf(headers, "host").length > 1)
    return new Malformed("more than one Host");
  const framing = bodyFraming(headers, minor);
  if (framing instanceof Malformed) return framing;
  const connection = tokensOf(headers, "connection");
  return {
    raw,
    minor,
    headers,
    method: match[1]!,
    target: match[2]!,
    framing: framing ?? { kind: "none" },
    keepAlive: keepsAlive(minor, connection),
    upgrade:
      minor === 1 &&
      connection.includes("upgrade") &&
      valuesOf(headers, "upgrade").length > 0,
    expectsContinue:
      minor === 1 && tokensOf(headers, "expect").includes("100-continue"),
  };
}

/** Parses a complete response head; its framing depends on the request's method too. */
export function parseResponseHead(
  raw: Buffer,
  method: string,
): ResponseHead | Malformed {
  const lines = linesOf(raw);
  const match = STATUS_LINE.exec(lines[0] ?? "");
  if (!match) return new Malformed("no HTTP/1 status line");
  const headers = parseHeaders(lines);
  if (headers instanceof Malformed) return headers;
  const minor = match[1] === "1" ? 1 : 0;
  const status = Number(match[2]);
  const tunnel =
    status === 101 || (method === "CONNECT" && status >= 200 && status < 300);
  const bodiless =
    status < 200 || status === 204 || status === 304 || method === "HEAD";
  const framing =
    tunnel || bodiless
      ? ({ kind: "none" } as const)
      : bodyFraming(headers, minor);
  if (framing instanceof Malformed) return framing;
  return {
    raw,
    minor,
    headers,
    status,
    tunnel,
    framing: framing ?? { kind: "close" },
    keepAlive: keepsAlive(minor, tokensOf(headers, "connection")),
  };
}

/** The values of a header, in order; the name's case does not matter. */
export function valuesOf(headers: Head["headers"], name: string): string[] {
  const found: string[] = [];
  for (const [key, value] of headers)
    if (key.length === name.length && key.toLowerCase() === name)
      found.push(value);
  return found;
}

function linesOf(raw: Buffer): string[] {
  return raw.toString("latin1", 0, raw.length - 4).split("\r\n");
}

function parseHeaders(lines: string[]): Head["headers"] | Malformed {
  const headers: Head["headers"] = [];
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i]!;
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0));
    if (line[0] === " " || line[0] === "\t")
      return new Malformed("a header folded over two lines");
    if (!TOKEN.test(name)) return new Malformed("a header without a name");
    const value = line.slice(colon + 1);
    if (CONTROL.test(value))
      return new Malformed("a control character in a header");
    headers.push([name, value.replace(/^[ \t]+|[ \t]+$/g, "")]);
  }
  return headers;
}

function bodyFraming(
  headers: Head["headers"],
  minor: 0 | 1,
): Framing | Malformed | undefined {
  const lengths = valuesOf(headers, "content-length");
  const codings = valuesOf(headers, "transfer-encoding");
  if (lengths.length > 0 && codings.length > 0)
    return new Malformed("Content-Length together with Transfer-Encoding");
  if (codings.length > 0) {
    if (codings.length > 1 || codings[0]!.toLowerCase() !== "chunked")
      return new Malformed("a Transfer-Encoding other than chunked");
    if (minor === 0) return new Malformed("Transfer-Encoding in HTTP/1.0");
    return { kind: "chunked" };
  }
  if (lengths.length > 1) return new Malformed("more than one Content-Length");
  if (lengths.length === 0) return undefined;
  if (!/^\d{1,15}$/.test(lengths[0]!))
    return new Malformed("a Content-Length that is not a number");
  const length = Number(lengths[0]);
  return length === 0 ? { kind: "none" } : { kind: "length", length };
}

function tokensOf(headers: Head["headers"], name: string): string[] {
  return valuesOf(headers, name).flatMap((value) =>
    value.split(",").map((token) => token.trim().toLowerCase()),
  );
}

function keepsAlive(minor: 0 | 1, connection: string[]): boolean {
  return minor === 1
    ? !connection.includes("close")
    : connection.includes("keep-alive");
}
