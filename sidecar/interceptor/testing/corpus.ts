import { BAIT } from "./messages.js";

/**
 * What is no request whose end all agree on. `ambiguous`: RFC 9112 forbids it,
 * or parsers are known to differ. `strict`: allowed, or only bad manners; that
 * it is not looked at is our choice. `foreign`: not HTTP/1 from its first byte,
 * so it is spliced as any other protocol is, without a word.
 */
export interface Case {
  name: string;
  kind: "ambiguous" | "strict" | "foreign";
  /** Where the idea is from, or why it is our choice. */
  source: string;
  bytes: string;
}

const DESYNC = "Kettle, HTTP Desync Attacks, 2019";
const FRAMING = "RFC 9112, 6.3";
const FIELD = "RFC 9112, 5.1";
const FOLD = "RFC 9112, 5.2";
const CODING = "RFC 9112, 6.1";
const LINE = "RFC 9112, 2.2 and 3";
const CHUNK = "RFC 9112, 7.1";
const VALUE = "RFC 9110, 5.5";

/** A request with these header lines and this body, in which there is bait. */
const post = (lines: string, body = BAIT, line = "POST / HTTP/1.1"): string =>
  `${line}\r\nHost: shop\r\n${lines}\r\n\r\n${body}`;
const withLength = (value: string): string => post(`Content-Length:${value}`);
const withCoding = (value: string): string =>
  post(`Transfer-Encoding:${value}`, `0\r\n\r\n${BAIT}`);
const chunks = (body: string): string =>
  post("Transfer-Encoding: chunked", body);
const get = (line: string, lines = "Host: shop\r\n"): string =>
  `${line}\r\n${lines}X-Debug: alice\r\n\r\n`;

const all = (
  kind: Case["kind"],
  source: string,
  cases: Record<string, string>,
): Case[] =>
  Object.entries(cases).map(([name, bytes]) => ({ name, kind, source, bytes }));

/** Requests that must not be routed by their content. */
export const REQUESTS: Case[] = [
  ...all("ambiguous", DESYNC, {
    "CL.TE": post(
      "Content-Length: 6\r\nTransfer-Encoding: chunked",
      `0\r\n\r\n${BAIT}`,
    ),
    "TE.CL": post(
      "Transfer-Encoding: chunked\r\nContent-Length: 4",
      `${BAIT.length.toString(16)}\r\n${BAIT}\r\n0\r\n\r\n`,
    ),
    "TE.TE, the second unknown": withCoding(
      " chunked\r\nTransfer-encoding: cow",
    ),
    "TE.TE, the first unknown": withCoding(" x\r\nTransfer-Encoding: chunked"),
    "TE.TE, both chunked": withCoding(" chunked\r\nTransfer-Encoding: chunked"),
    "TE with a space before its colon": post(
      "Transfer-Encoding : chunked",
      `0\r\n\r\n${BAIT}`,
    ),
    "TE after a line feed in another header": post(
      "X: x\nTransfer-Encoding: chunked",
      `0\r\n\r\n${BAIT}`,
    ),
    "TE after a carriage return in another header": post(
      "X: x\rTransfer-Encoding: chunked",
      `0\r\n\r\n${BAIT}`,
    ),
    "TE, its colon on a line of its own": post(
      "Transfer-Encoding\r\n : chunked",
      `0\r\n\r\n${BAIT}`,
    ),
    xchunked: withCoding(" xchunked"),
    "chunked after a vertical tab": withCoding("\x0bchunked"),
    "chunked after a form feed": withCoding("\x0cchunked"),
    "chunked after a no-break space": withCoding("\xa0chunked"),
    "chunked before a NUL": withCoding(" chunked\0"),
    "chunked in quotes": withCoding(' "chunked"'),
    "chunked with a parameter": withCoding(" chunked;q=1"),
    "chunked with an odd letter": withCoding(" chun\xe7ed"),
  }),
  ...all("ambiguous", CODING, {
    "TE empty": withCoding(""),
    "TE of commas": withCoding(" ,chunked,"),
    identity: withCoding(" identity"),
    "chunked, identity": withCoding(" chunked, identity"),
    "chunked, chunked": withCoding(" chunked, chunked"),
    "chunked, gzip": withCoding(" chunked, gzip"),
    "TE in HTTP/1.0": post(
      "Transfer-Encoding: chunked\r\nConnection: keep-alive",
      `0\r\n\r\n${BAIT}`,
      "POST / HTTP/1.0",
    ),
  }),
  ...all("strict", "allowed, but no app is known to take it", {
    "gzip, chunked": withCoding(" gzip, chunked"),
  }),
  ...all("ambiguous", FRAMING, {
    "two lengths": withLength(" 0\r\nContent-Length: 5"),
    "two lengths in one": withLength(" 0, 5"),
    "length with a plus": withLength(" +0"),
    "length with a minus": withLength(" -0"),
    "length below zero": withLength(" -1"),
    "length in hexadecimal": withLength(" 0x0"),
    "length in two words": withLength(" 0 0"),
    "length empty": withLength(""),
    "length as a fraction": withLength(" 0.0"),
    "length with an exponent": withLength(" 0e1"),
    "length with a semicolon": withLength(" 0;"),
    "length in quotes": withLength(' "0"'),
    "length as Python reads 10": withLength(" 1_0"),
    "length in digits of Latin-1": withLength(" \xb2"),
    "length that overflows 64 bits": withLength(" 18446744073709551616"),
    "length after a no-break space": withLength("\xa00"),
    "length before a vertical tab": withLength(" 0\x0b"),
  }),
  ...all("strict", "may be merged into one, which we do not", {
    "the same length twice": withLength(" 0\r\nContent-Length: 0"),
    "the same length twice in one": withLength(" 0, 0"),
  }),
  ...all("ambiguous", FOLD, {
    "length folded": withLength("\r\n 0"),
    "coding folded": withCoding("\r\n chunked"),
    "a header folded by a tab": post("X: a\r\n\tX-Debug: alice"),
    "the first header folded": get("GET / HTTP/1.1", " Host: shop\r\n"),
  }),
  ...all("ambiguous", FIELD, {
    "length with a space before its colon": post("Content-Length : 0"),
    "length with a tab before its colon": post("Content-Length\t: 0"),
    "length, no-break space before its colon": post("Content-Length\xa0: 0"),
    "a name of two words": post("Content Length: 0"),
    "no name": post(": 0"),
    "no colon": post("Content-Length"),
    "brackets in a name": post("(X): 0"),
    "NUL in a name": post("Content-Length\0: 0"),
    "Latin-1 in a name": post("Content-L\xe9ngth: 0"),
  }),
  ...all("ambiguous", VALUE, {
    "NUL in a value": post("X: a\0b"),
    "DEL in a value": post("X: a\x7fb"),
    "escape in a value": post("X: a\x1bb"),
    "a carriage return in a value": post("X: a\rX-Debug: alice"),
    "a carriage return too many": post("X: a\r"),
  }),
  ...all("ambiguous", LINE, {
    "lines end with line feeds": `GET / HTTP/1.1\nHost: shop\nX-Debug: alice\n\n`,
    "one line ends with a line feed": `GET / HTTP/1.1\r\nHost: shop\nX-Debug: alice\r\n\r\n`,
    "the head ends with a line feed": `GET / HTTP/1.1\r\nHost: shop\r\n\n${BAIT}`,
    "the head ends with carriage returns": `GET / HTTP/1.1\r\nHost: shop\r\r${BAIT}`,
    "two spaces in the request line": get("GET  / HTTP/1.1"),
    "a space in the target": get("GET /a b HTTP/1.1"),
    "a space after the version": get("GET / HTTP/1.1 "),
    "a carriage return in the request line": get("GET /\r HTTP/1.1"),
    "NUL in the target": get("GET /\0 HTTP/1.1"),
    "DEL in the target": get("GET /\x7f HTTP/1.1"),
    "no target": get("GET HTTP/1.1"),
    "version in lower case": get("GET / http/1.1"),
    "version 1.10": get("GET / HTTP/1.10"),
    "version 01.1": get("GET / HTTP/01.1"),
    "version 1": get("GET / HTTP/1"),
    "version 0.9": get("GET / HTTP/0.9"),
    "version 2.0": get("GET / HTTP/2.0"),
    "version 3.0": get("GET / HTTP/3.0"),
    "HTTP/0.9": `GET /\r\n${BAIT}`,
    "two Hosts": get("GET / HTTP/1.1", "Host: shop\r\nHost: other\r\n"),
    "two Hosts, in cases": get("GET / HTTP/1.1", "Host: a\r\nhOST: a\r\n"),
  }),
  ...all("strict", "to be read as 1.1, but apps answer it in many ways", {
    "version 1.2": get("GET / HTTP/1.2"),
  }),
  ...all("ambiguous", CHUNK, {
    "chunk size 0x5": chunks(`0x5\r\nhello\r\n0\r\n\r\n${BAIT}`),
    "chunk size +5": chunks(`+5\r\nhello\r\n0\r\n\r\n${BAIT}`),
    "chunk size -5": chunks(`-5\r\nhello\r\n0\r\n\r\n${BAIT}`),
    "chunk size as Python reads 10": chunks(`1_0\r\n${BAIT}`),
    "chunk size after a space": chunks(` 5\r\nhello\r\n0\r\n\r\n${BAIT}`),
    "chunk size, none": chunks(`\r\nhello\r\n0\r\n\r\n${BAIT}`),
    "chunk size in words": chunks(`five\r\nhello\r\n0\r\n\r\n${BAIT}`),
    "chunk size that overflows 64 bits": chunks(
      `10000000000000005\r\nhello\r\n0\r\n\r\n${BAIT}`,
    ),
    "chunk size that is -1 in 64 bits": chunks(
      `ffffffffffffffff\r\nhello\r\n0\r\n\r\n${BAIT}`,
    ),
    "chunk size ends with a line feed": chunks(`5\nhello\r\n0\r\n\r\n${BAIT}`),
    "chunk size ends with a carriage return": chunks(
      `5\rhello\r\n0\r\n\r\n${BAIT}`,
    ),
    "chunk size ends with two carriage returns": chunks(
      `5\r\r\nhello\r\n0\r\n\r\n${BAIT}`,
    ),
    "line feed in a chunk extension": chunks(`5;a\nhello\r\n0\r\n\r\n${BAIT}`),
    "carriage return in a chunk extension": chunks(
      `5;a\rb\r\nhello\r\n0\r\n\r\n${BAIT}`,
    ),
    "NUL in a chunk extension": chunks(`5;\0\r\nhello\r\n0\r\n\r\n${BAIT}`),
    "chunk longer than its size": chunks(`5\r\nhello!\r\n0\r\n\r\n${BAIT}`),
    "chunk without its end": chunks(`5\r\nhello0\r\n\r\n${BAIT}`),
    "chunk ends with a line feed": chunks(`5\r\nhello\n0\r\n\r\n${BAIT}`),
    "last chunk ends with line feeds": chunks(`0\n\n${BAIT}`),
    "no empty line after the last chunk": chunks(`0\r\n${BAIT}`),
    "trailer folded": chunks(`0\r\nX: a\r\n b\r\n\r\n${BAIT}`),
    "trailer with a space before its colon": chunks(
      `0\r\nX : a\r\n\r\n${BAIT}`,
    ),
    "trailer without a name": chunks(`0\r\n: a\r\n\r\n${BAIT}`),
    "trailer ends with a line feed": chunks(`0\r\nX: a\n\r\n${BAIT}`),
    "NUL in a trailer": chunks(`0\r\nX: \0\r\n\r\n${BAIT}`),
    "trailers end with a line feed": chunks(`0\r\nX: a\r\n\n${BAIT}`),
  }),
  ...all("strict", "RFC 9112, 7.1.1 lets recipients ignore it", {
    "space after a chunk size": chunks(`5 \r\nhello\r\n0\r\n\r\n${BAIT}`),
    "space before an extension": chunks(`5 ;a\r\nhello\r\n0\r\n\r\n${BAIT}`),
  }),
  ...all("strict", "limit of 64 KiB: no memory for those who send no end", {
    "a huge header": post(`X: ${"x".repeat(70_000)}`),
    "huge headers": post(
      Array.from({ length: 5_000 }, (_, i) => `X-${i}: some value`).join(
        "\r\n",
      ),
    ),
    "a huge target": get(`GET /${"x".repeat(70_000)} HTTP/1.1`),
    "a huge chunk extension": chunks(`5;${"x".repeat(70_000)}\r\nhello\r\n`),
    "huge trailers": chunks(
      `0\r\n${`X: ${"x".repeat(1_000)}\r\n`.repeat(70)}\r\n${BAIT}`,
    ),
  }),
  ...all("foreign", "RFC 9112, 2.2 lets servers ignore it", {
    "an empty line first": `\r\n${BAIT}`,
    "empty lines first": `\r\n\r\n\r\n${BAIT}`,
  }),
  ...all("foreign", LINE, {
    "a space first": ` ${BAIT}`,
    "a line feed first": `\n${BAIT}`,
    "NUL first": `\0${BAIT}`,
    "a byte order mark first": `\xef\xbb\xbf${BAIT}`,
    "a method with brackets": get("G(ET / HTTP/1.1"),
    "a tab in the request line": get("GET\t/ HTTP/1.1"),
    "no method": get("/ HTTP/1.1"),
    "nearly the preface of HTTP/2": `PRI * HTTP/2.0\r\n\r\nSN\r\n\r\n${BAIT}`,
    "a hello of TLS": `\x16\x03\x01\x02\x00\x01\x00\r\n\r\n${BAIT}`,
  }),
];

const response = (lines: string, body = "hello"): string =>
  `HTTP/1.1 200 OK\r\n${lines}\r\n\r\n${body}`;
const answeredIn = (body: string): string =>
  response("Transfer-Encoding: chunked", body);
/** Bytes that a client might take for another answer. */
const SPLIT = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nevil!";

/** Responses after which nothing is routed by its content; `foreign` ones are sound, and then speak out of turn. */
export const RESPONSES: Case[] = [
  ...all("ambiguous", FRAMING, {
    "length and coding": response(
      "Content-Length: 5\r\nTransfer-Encoding: chunked",
      `0\r\n\r\n${SPLIT}`,
    ),
    "two lengths": response("Content-Length: 5\r\nContent-Length: 6"),
    "two lengths in one": response("Content-Length: 5, 6"),
    "length with a plus": response("Content-Length: +5"),
    "length below zero": response("Content-Length: -5"),
    "length in hexadecimal": response("Content-Length: 0x5"),
    "length empty": response("Content-Length:"),
    "length folded": response("Content-Length:\r\n 5"),
    "length with a space before its colon": response("Content-Length : 5"),
  }),
  ...all("strict", "may be merged into one, which we do not", {
    "the same length twice": response("Content-Length: 5\r\nContent-Length: 5"),
  }),
  ...all("ambiguous", CODING, {
    identity: response("Transfer-Encoding: identity"),
    "chunked, gzip": response("Transfer-Encoding: chunked, gzip"),
    "gzip, chunked": response("Transfer-Encoding: gzip, chunked", "0\r\n\r\n"),
    "TE in HTTP/1.0": `HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  }),
  ...all("ambiguous", LINE, {
    "lines end with line feeds": "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
    "NUL in a value": response("X: \0\r\nContent-Length: 5"),
    "a carriage return in a value": response("X: a\rContent-Length: 5"),
    "no colon": response("Content-Length"),
    "version in lower case":
      "http/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "version 1.2": "HTTP/1.2 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "version 2": "HTTP/2 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "no version": "200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "no status": "HTTP/1.1 OK\r\nContent-Length: 5\r\n\r\nhello",
    "a status of two digits":
      "HTTP/1.1 20 OK\r\nContent-Length: 5\r\n\r\nhello",
    "a status of four digits":
      "HTTP/1.1 2000 OK\r\nContent-Length: 5\r\n\r\nhello",
    "status 099": "HTTP/1.1 099 OK\r\nContent-Length: 5\r\n\r\nhello",
    "an empty line first": `\r\n${SPLIT}`,
    "no HTTP": "hello\r\n\r\n",
    "a huge header": response(`X: ${"x".repeat(70_000)}\r\nContent-Length: 5`),
  }),
  ...all("ambiguous", CHUNK, {
    "chunk size 0x5": answeredIn(`0x5\r\nhello\r\n0\r\n\r\n`),
    "chunk size -5": answeredIn(`-5\r\nhello\r\n0\r\n\r\n`),
    "chunk size that overflows 64 bits": answeredIn(
      `10000000000000005\r\nhello\r\n0\r\n\r\n`,
    ),
    "chunk size ends with a line feed": answeredIn(`5\nhello\r\n0\r\n\r\n`),
    "chunk longer than its size": answeredIn(`5\r\nhello!\r\n0\r\n\r\n`),
    "line feed in a chunk extension": answeredIn(`5;a\nhello\r\n0\r\n\r\n`),
    "trailer folded": answeredIn(`0\r\nX: a\r\n b\r\n\r\n`),
  }),
  ...all("foreign", "response splitting", {
    "two answers": SPLIT + SPLIT,
    "bytes after its length": response("Content-Length: 5", "hello!"),
    "bytes after its chunks": answeredIn("0\r\n\r\nmore"),
    "204 with a body": `HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello`,
    "304 with a body": `HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\nhello`,
  }),
  ...all("foreign", "RFC 9110, 7.8", {
    "101 without an upgrade": `HTTP/1.1 101 Switching Protocols\r\n\r\n${SPLIT}`,
  }),
];

/** Requests that are sound, however odd: what is in them stays in them, and the next one is routed. */
export const SOUND: Record<string, string> = {
  "bait in a body": post(`Content-Length: ${BAIT.length}`),
  "bait in a chunk": chunks(
    `${BAIT.length.toString(16)}\r\n${BAIT}\r\n0\r\n\r\n`,
  ),
  "bait's header as a trailer": chunks("0\r\nX-Debug: alice\r\n\r\n"),
  "a length as a trailer": chunks(
    "0\r\nContent-Length: 50\r\nTransfer-Encoding: x\r\n\r\n",
  ),
  "bait's header in a chunk extension": chunks('0;x="x-debug: alice"\r\n\r\n'),
  "bait's header in a value": post("X: x-debug: alice", ""),
  "coding after a tab": post("Transfer-Encoding:\tchunked", "0\r\n\r\n"),
  "coding in capitals": post("TRANSFER-ENCODING:CHUNKED\t", "0\r\n\r\n"),
  "length with zeros": post("Content-Length: 0005", "hello"),
  "chunk sizes with zeros": chunks("00000005\r\nhello\r\n000\r\n\r\n"),
  "a name like a length": post("Content_Length: 50\r\nContent-Length-: 50", ""),
  "no Host": "GET / HTTP/1.1\r\n\r\n",
  "Host empty": "GET / HTTP/1.1\r\nHost:\r\n\r\n",
  "a target with another Host":
    "GET http://other.example/ HTTP/1.1\r\nHost: shop\r\n\r\n",
  "an expectation that nobody knows": post("Expect: x-debug", ""),
  "GET with a body": `GET / HTTP/1.1\r\nContent-Length: ${BAIT.length}\r\n\r\n${BAIT}`,
  "an upgrade to HTTP/2 that is declined":
    "GET / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
};
