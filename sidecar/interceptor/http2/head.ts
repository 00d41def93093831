import {
  constants,
  sensitiveHeaders,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from "node:http2";
import type { Matchable } from "../match.js";

/** The fields of a head or of trailers, in order, pseudo headers first. */
export type Fields = [name: string, value: string][];

/** A header block as it came in. */
export interface Block {
  fields: Fields;
  /** Names whose values no proxy may put into its compression's table. */
  sensitive: string[];
  /** Whether nothing follows it. */
  last: boolean;
}

/** A header block from what Node tells of it. */
export function blockOf(
  headers: IncomingHttpHeaders,
  flags: number,
  raw: string[],
): Block {
  const fields: Fields = [];
  for (let i = 0; i < raw.length; i += 2) fields.push([raw[i]!, raw[i + 1]!]);
  const sensitive = (headers as { [sensitiveHeaders]?: string[] })[
    sensitiveHeaders
  ];
  return {
    fields,
    sensitive: sensitive ?? [],
    last: (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0,
  };
}

/** The first value of a field. */
export function valueOf(fields: Fields, name: string): string | undefined {
  return fields.find(([key]) => key === name)?.[1];
}

/** A head with all of a field's lines replaced by one. */
export function withField(block: Block, name: string, value: string): Block {
  const kept = block.fields.filter(([key]) => key !== name);
  return { ...block, fields: [...kept, [name, value]] };
}

/**
 * What a request is chosen by, as if it had come by HTTP/1. A WebSocket's
 * handshake (RFC 8441) is a GET there.
 */
export function matchableOf({ fields }: Block): Matchable {
  const method = valueOf(fields, ":method") ?? "";
  const authority = valueOf(fields, ":authority");
  const headers = fields.filter(([name]) => !name.startsWith(":"));
  const isHosted = headers.some(([name]) => name === "host");
  return {
    method: valueOf(fields, ":protocol") === undefined ? method : "GET",
    target: valueOf(fields, ":path") ?? authority ?? "",
    headers:
      authority === undefined || isHosted
        ? headers
        : [["host", authority], ...headers],
  };
}

/**
 * Sends a header block. Node refuses fields that may have one value only and
 * came twice: those are sent as one line, which means the same (RFC 9110, 5.3).
 */
export function sending<T>(
  block: Block,
  send: (headers: OutgoingHttpHeaders) => T,
): T {
  try {
    return send(headersOf(block));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ERR_HTTP2_HEADER_SINGLE_VALUE") throw error;
    return send(joined(headersOf(block)));
  }
}

function headersOf({ fields, sensitive }: Block): OutgoingHttpHeaders {
  // Without a prototype: `__proto__` is a name as any other.
  const headers = Object.create(null) as OutgoingHttpHeaders;
  for (const [name, value] of fields) {
    const former = headers[name];
    headers[name] =
      former === undefined ? value : [former, value].flat().map(String);
  }
  if (sensitive.length > 0)
    (headers as { [sensitiveHeaders]?: string[] })[sensitiveHeaders] =
      sensitive;
  return headers;
}

function joined(headers: OutgoingHttpHeaders): OutgoingHttpHeaders {
  for (const [name, value] of Object.entries(headers))
    if (Array.isArray(value) && name !== "set-cookie")
      headers[name] = value.join(name === "cookie" ? "; " : ", ");
  return headers;
}
