import { METHODS } from "node:http";
import { exchanged } from "./plain.js";
import type { Exchange } from "./script.js";

/** A client's bytes, as they have to be understood. */
export interface Reading {
  /** The sound requests, up to the first doubt or the last that HTTP/1 has a say in. */
  exchanges: Exchange[];
  /** The bytes after them, which belong to the original whatever is in them. */
  rest: string;
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]";
const TEXT = "[\\t\\x20-\\x7e\\x80-\\xff]";
const HEAD = new RegExp(
  `^(${TOKEN}+) ([!-~\\x80-\\xff]+) HTTP/1\\.([01])\\r\\n((?:${TOKEN}+:${TEXT}*\\r\\n)*)\\r\\n`,
);
const CHUNK = new RegExp(`^([0-9a-fA-F]{1,13})(?:;${TEXT}*)?\\r\\n`);
const TRAILERS = new RegExp(`^(?:${TOKEN}+:${TEXT}*\\r\\n)*\\r\\n`);

/**
 * Reads all that a client sent, by another way than the interceptor: whole
 * texts by regular expressions. Undefined where a request is matched that a
 * replica's parser need not take.
 */
export function readRequests(text: string): Reading | undefined {
  const exchanges: Exchange[] = [];
  let rest = text;
  // The first bytes decide whether it is HTTP/1 at all.
  if (!new RegExp(`^${TOKEN}{1,32} `).test(rest)) return { exchanges, rest };
  for (;;) {
    const read = readRequest(rest);
    if (read === undefined) return { exchanges, rest };
    const { bytes, method, target, fields, minor } = read;
    const matched =
      METHODS.includes(method) &&
      method !== "CONNECT" &&
      valuesOf(fields, "x-debug").includes("alice");
    // By its head a matched one has gone to the replica before its body shows what it is.
    if (bytes === undefined) return matched ? undefined : { exchanges, rest };
    const connection = valuesOf(fields, "connection")
      .join(",")
      .toLowerCase()
      .split(",")
      .map((token) => token.trim());
    const lasting =
      minor === "1"
        ? !connection.includes("close")
        : connection.includes("keep-alive");
    const plain = lasting && minor === "1" && /^\/[!-~]*$/.test(target);
    if (matched && (!plain || connection.join() || bytes.length > 1_000))
      return undefined;
    const final =
      method === "CONNECT"
        ? "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n"
        : undefined;
    const exchange = exchanged(bytes, final, matched);
    exchanges.push({
      ...exchange,
      request: { ...exchange.request, method, target },
    });
    rest = rest.slice(bytes.length);
    if (!lasting) return { exchanges, rest };
  }
}

/**
 * One request at the beginning of a text; undefined where there is none without
 * doubt, and its bytes are where its body is broken or not whole.
 */
function readRequest(text: string) {
  const head = HEAD.exec(text);
  if (!head || head[0].length >= 64 * 1024) return undefined;
  const [all, method = "", target = "", minor = "", fields = ""] = head;
  const lengths = valuesOf(fields, "content-length");
  const codings = valuesOf(fields, "transfer-encoding");
  const hosts = valuesOf(fields, "host");
  if (lengths.length + codings.length > 1 || hosts.length > 1) return undefined;
  let size: number | undefined = 0;
  const [length] = lengths;
  const [coding] = codings;
  if (length !== undefined) {
    if (!/^\d{1,15}$/.test(length)) return undefined;
    size = Number(length);
  }
  if (coding !== undefined) {
    if (coding.toLowerCase() !== "chunked" || minor === "0") return undefined;
    size = chunksLength(text.slice(all.length));
  }
  const isWhole = size !== undefined && text.length >= all.length + size;
  const bytes = isWhole ? text.slice(0, all.length + size!) : undefined;
  return { bytes, method, target, minor, fields };
}

/** How long a chunked body is, to the end of its trailers. */
function chunksLength(text: string): number | undefined {
  let at = 0;
  for (;;) {
    const chunk = CHUNK.exec(text.slice(at));
    if (!chunk) return undefined;
    at += chunk[0].length;
    const size = parseInt(chunk[1]!, 16);
    if (size === 0) break;
    if (text.slice(at + size, at + size + 2) !== "\r\n") return undefined;
    at += size + 2;
  }
  const trailers = TRAILERS.exec(text.slice(at));
  return trailers ? at + trailers[0].length : undefined;
}

function valuesOf(fields: string, name: string): string[] {
  return fields
    .split("\r\n")
    .map((line) => /^([^:]*):[\t ]*(.*?)[\t ]*$/.exec(line))
    .filter((line) => line?.[1]!.toLowerCase() === name)
    .map((line) => line![2]!);
}
