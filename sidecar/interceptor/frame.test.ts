import { describe, expect, test } from "vitest";
import { BodyScanner } from "./body.js";
import {
  HeadScanner,
  Malformed,
  mayBeHttp1,
  parseRequestHead,
  parseResponseHead,
} from "./frame.js";

const bytes = (text: string) => Buffer.from(text, "latin1");

/** Where a request ends, fed in pieces; or why that cannot be told. */
function requestEnd(pieces: Buffer[]): number | string {
  const scanner = new HeadScanner();
  let head = Buffer.alloc(0);
  let body: BodyScanner | undefined;
  let consumed = 0;
  for (let piece of pieces) {
    if (!body) {
      head = Buffer.concat([head, piece]);
      const end = scanner.scan(head);
      if (end instanceof Malformed) return end.reason;
      if (end === undefined) continue;
      const parsed = parseRequestHead(head.subarray(0, end));
      if (parsed instanceof Malformed) return parsed.reason;
      body = new BodyScanner(parsed.framing);
      consumed = end;
      piece = head.subarray(end);
    }
    if (body.done) break;
    consumed += body.scan(piece);
    if (body.malformed) return body.malformed.reason;
  }
  return body?.done ? consumed : "incomplete";
}

const sound = [
  "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
  "GET /\xc3\xa9?q=1 HTTP/1.0\r\n\r\n",
  "GET /\xc3\xa0 HTTP/1.1\r\n\r\n", // its last byte alone would be a space
  "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\nhello\r\n\r\nxx",
  "POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
  'POST / HTTP/1.1\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\nA;x="y"\r\n0\r\n\r\n45678\r\n0\r\n\r\n',
  "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n000\r\nX-Sum: 1\r\nY:\r\n\r\n",
];

describe("sound requests end where they end, however they are split", () => {
  test.each(sound)("%j", (text) => {
    const whole = bytes(text);
    const followed = bytes(`${text}GET /next HTTP/1.1\r\n\r\n`);
    expect(requestEnd([followed])).toBe(whole.length);
    for (let i = 0; i <= followed.length; i++)
      expect(requestEnd([followed.subarray(0, i), followed.subarray(i)])).toBe(
        whole.length,
      );
    const single = [...followed].map((byte) => Buffer.from([byte]));
    expect(requestEnd(single)).toBe(whole.length);
  });
});

const chunked = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

const malformed: [string, RegExp][] = [
  ["GET / HTTP/1.1\nHost: a\n\n", /line feed/],
  ["GET / HTTP/1.1\r\nHost: a\n\r\n", /line feed/],
  ["\r\nGET / HTTP/1.1\r\n\r\n", /empty first line/],
  ["GET  / HTTP/1.1\r\n\r\n", /request line/],
  ["GET / HTTP/1.1 \r\n\r\n", /start line/],
  ["GET / HTTP/1.2\r\n\r\n", /request line/],
  ["GET / HTTP/2.0\r\n\r\n", /start line/],
  ["GET /\r\n\r\n", /start line/],
  ["get key\r\n", /start line/],
  ["GET / HTTP/1.1x\r\n", /start line/],
  ["GET /\t HTTP/1.1\r\n\r\n", /request line/],
  ["GET /\0 HTTP/1.1\r\n\r\n", /request line/],
  ["GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", /folded/],
  ["GET / HTTP/1.1\r\nA: b\r\n\tc\r\n\r\n", /folded/],
  ["GET / HTTP/1.1\r\nA : b\r\n\r\n", /without a name/],
  ["GET / HTTP/1.1\r\n: b\r\n\r\n", /without a name/],
  ["GET / HTTP/1.1\r\nno colon\r\n\r\n", /without a name/],
  ["GET / HTTP/1.1\r\nA: b\0\r\n\r\n", /control/],
  ["GET / HTTP/1.1\r\nA: b\rContent-Length: 4\r\n\r\n", /control/],
  ["GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", /Host/],
  [
    "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
    /together/,
  ],
  [
    "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
    /more than one Content-Length/,
  ],
  [
    "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n",
    /more than one Content-Length/,
  ],
  ["POST / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\n", /not a number/],
  ["POST / HTTP/1.1\r\nContent-Length: +1\r\n\r\n", /not a number/],
  ["POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", /not a number/],
  ["POST / HTTP/1.1\r\nContent-Length: 0x1\r\n\r\n", /not a number/],
  ["POST / HTTP/1.1\r\nContent-Length:\r\n\r\n", /not a number/],
  ["POST / HTTP/1.1\r\nContent-Length: 9999999999999999\r\n\r\n", /number/],
  ["POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", /Encoding/],
  ["POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n", /Encoding/],
  ["POST / HTTP/1.1\r\nTransfer-Encoding: identity\r\n\r\n", /Encoding/],
  ["POST / HTTP/1.1\r\nTransfer-Encoding:\x0bchunked\r\n\r\n", /control/],
  [
    "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: x\r\n\r\n",
    /Encoding/,
  ],
  ["POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", /HTTP\/1\.0/],
  [`${chunked}0x5\r\nhello\r\n`, /odd chunk size/],
  [`${chunked}5 \r\nhello\r\n`, /odd chunk size/],
  [`${chunked}+5\r\nhello\r\n`, /without a size/],
  [`${chunked}\r\nhello\r\n`, /without a size/],
  [`${chunked}5\nhello\r\n`, /odd chunk size/],
  [`${chunked}5\rxhello\r\n`, /carriage return/],
  [`${chunked}5;a\nb\r\nhello\r\n`, /control/],
  [`${chunked}5\r\nhelloX\r\n`, /longer than its size/],
  [`${chunked}5\r\nhello\n0\r\n\r\n`, /longer than its size/],
  [`${chunked}fffffffffffffff\r\n`, /too large/],
  [`${chunked}0\r\n folded\r\n\r\n`, /trailer/],
  [`${chunked}0\r\nA b: c\r\n\r\n`, /trailer/],
  [`${chunked}0\r\nA: \0\r\n\r\n`, /control/],
  [`${chunked}0\r\n\rX`, /end of the chunks/],
  [`${chunked}1;${"x".repeat(70_000)}\r\n`, /more than 64 KiB/],
  [`GET / HTTP/1.1\r\nA: ${"x".repeat(70_000)}`, /more than 64 KiB/],
];

describe("what two parsers may read differently is malformed, however it is split", () => {
  test.each(malformed)("%j", (text, reason) => {
    const whole = bytes(text);
    expect(requestEnd([whole])).toMatch(reason);
    if (whole.length > 200) return;
    for (let i = 0; i <= whole.length; i++)
      expect(
        requestEnd([whole.subarray(0, i), whole.subarray(i)]),
        `split at ${i}`,
      ).toMatch(reason);
  });
});

test.each([
  ["GET", true],
  ["GET / HT", true],
  ["PROPFIND /", true],
  ["PRI * HTTP/2.0\r\n", false],
  ["\x16\x03\x01\x02\x00", false],
  ["PING\r\n", false],
  ["\0\0\0\x08", false],
  ["\r\nGET", false],
  ["A".repeat(40), false],
])("the first bytes %j may be HTTP/1: %s", (text, expected) => {
  expect(mayBeHttp1(bytes(text))).toBe(expected);
});

describe("responses", () => {
  const framing = (text: string, method = "GET") => {
    const head = parseResponseHead(bytes(text), method);
    if (head instanceof Malformed) return head.reason;
    const { kind } = head.framing;
    return `${head.tunnel ? "tunnel" : kind}${head.keepAlive ? " keep" : ""}`;
  };
  test.each([
    ["HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "GET", "length keep"],
    ["HTTP/1.1 200\r\nContent-Length: 3\r\n\r\n", "GET", "length keep"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", "HEAD", "none keep"],
    [
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
      "GET",
      "chunked keep",
    ],
    ["HTTP/1.1 200 OK\r\n\r\n", "GET", "close keep"],
    [
      "HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n",
      "GET",
      "none",
    ],
    ["HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n", "GET", "length"],
    [
      "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 3\r\n\r\n",
      "GET",
      "length keep",
    ],
    [
      "HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n",
      "GET",
      "none keep",
    ],
    ["HTTP/1.1 204 No Content\r\n\r\n", "GET", "none keep"],
    ["HTTP/1.1 103 Early Hints\r\n\r\n", "GET", "none keep"],
    ["HTTP/1.1 101 Switching Protocols\r\n\r\n", "GET", "tunnel keep"],
    ["HTTP/1.1 200 OK\r\n\r\n", "CONNECT", "tunnel keep"],
    [
      "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
      "GET",
      "Content-Length together with Transfer-Encoding",
    ],
    ["HTTP/2 200 OK\r\n\r\n", "GET", "no HTTP/1 status line"],
    ["garbage\r\n\r\n", "GET", "no HTTP/1 status line"],
  ])("%j to %s: %s", (text, method, expected) => {
    expect(framing(text, method)).toBe(expected);
  });
});
