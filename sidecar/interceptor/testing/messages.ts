import fc from "fast-check";

/** A request as it is sent; bytes are Latin-1 text. */
export interface Request {
  method: string;
  target: string;
  head: string;
  body: string;
  /** What the body says, without its chunks. */
  content: string;
  expectsContinue: boolean;
}

/** A response as it is sent; bytes are Latin-1 text. */
export interface Response {
  /** The interim responses before it. */
  interim: string;
  final: string;
  /** Whether the app closes the connection after it. */
  ends: boolean;
  /** How much of the request has to be there before it is sent. */
  after: "head" | "half" | "whole";
}

/** What a sound message may be made of. */
export interface Limits {
  /** The connection goes on being HTTP/1 after it, whatever the rest of the exchange is. */
  lasting: boolean;
  /** As http-proxy and its parser take it, with what the session matches. */
  matched: boolean;
}

/** What would be a matched request, were it not inside of something else. */
export const BAIT =
  "GET /bait HTTP/1.1\r\nHost: shop\r\nX-Debug: alice\r\n\r\n";

/** Requests whose end can be told without doubt. */
export function request(limits: Limits): fc.Arbitrary<Request> {
  return fc
    .record({
      method: limits.matched ? fc.constantFrom(...PLAIN_METHODS) : method,
      target: limits.matched ? originForm : target,
      minor: limits.lasting ? fc.constant(1) : often(1, fc.constant(0)),
      host: fc.option(mixedCase("Host"), { nil: undefined, freq: 12 }),
      headers: limits.matched ? ownHeaders : headers,
      debug: mixedCase("X-Debug"),
      connection: limits.lasting ? lastingConnection : connection,
      expect: limits.matched ? fc.constant("") : often("", mixedCase("Expect")),
      body: limits.matched ? plainBody : body,
    })
    .map((given) => {
      const { method, target, body } = given;
      // Chunks are not for HTTP/1.0.
      const minor = body.chunked ? 1 : given.minor;
      const lines = [...given.headers];
      if (given.host) lines.unshift(`${given.host}: shop`);
      if (limits.matched) lines.push(`${given.debug}: alice`);
      if (given.connection) lines.push(given.connection);
      const expectsContinue =
        given.expect !== "" && minor === 1 && body.header !== "";
      if (expectsContinue) lines.push(`${given.expect}: 100-continue`);
      if (body.header) lines.push(body.header);
      return {
        method,
        target,
        head: head(`${method} ${target} HTTP/1.${minor}`, lines),
        body: body.text,
        content: body.content,
        expectsContinue,
      };
    });
}

/** A response of any kind, which is made to fit the request it answers. */
export function response(
  limits: Limits,
): fc.Arbitrary<(to: Request) => Response> {
  return fc
    .record({
      interims: fc.array(interim, { maxLength: 2 }),
      continues: fc.boolean(),
      status: often(200, fc.constantFrom(201, 206, 301, 401, 404, 500, 503)),
      bodiless: often(0, fc.constantFrom(204, 304)),
      reason: fc.constantFrom("OK", "", "Not \xe9 Known", "a b  c"),
      minor: limits.lasting ? fc.constant(1) : often(1, fc.constant(0)),
      framing: limits.lasting
        ? fc.constantFrom("body", "empty")
        : fc.constantFrom("body", "body", "body", "empty", "close"),
      headers,
      ending: limits.lasting
        ? fc.constant(false)
        : often(false, fc.constant(true)),
      after: often("whole" as const, fc.constantFrom("head", "half")),
      body: sizedBody,
    })
    .map((given) => (to) => {
      const bodiless = given.bodiless !== 0 || to.method === "HEAD";
      const lines = [...given.headers];
      if (given.framing === "empty") lines.push("Content-Length: 0");
      // Chunks are not for HTTP/1.0, nor a length for 204.
      const sized =
        given.framing === "body" &&
        given.bodiless !== 204 &&
        !(given.minor === 0 && given.body.chunked);
      if (sized) lines.push(given.body.header);
      const hasBody = given.framing !== "empty" && !bodiless;
      const untilClose = hasBody && !sized;
      if (given.ending) lines.push("cOnnection:  Close");
      const kept = given.minor === 0 && !given.ending && !untilClose;
      if (kept) lines.push("Connection: keep-alive");
      const status = given.bodiless || given.status;
      const text = sized ? given.body.text : given.body.content;
      const continues = to.expectsContinue && given.continues;
      return {
        interim:
          given.interims.join("") +
          (continues ? "HTTP/1.1 100 Continue\r\n\r\n" : ""),
        final:
          head(`HTTP/1.${given.minor} ${status} ${given.reason}`, lines) +
          (hasBody ? text : ""),
        ends: given.ending || untilClose,
        // Refused before its body, a request may be followed by that or not.
        after: limits.lasting && to.expectsContinue ? "whole" : given.after,
      };
    });
}

/** A request that leaves HTTP, and the answer that lets it. */
export function tunnel(): fc.Arbitrary<[Request, Response]> {
  return fc
    .tuple(
      fc.constantFrom<[string, string, string]>(
        ["CONNECT", "db:5432", "200 Connection established"],
        ["GET", "/ws", "101 Switching Protocols"],
      ),
      headers,
    )
    .map(([[method, target, status], lines]) => {
      const upgrade = [...lines, "Connection: upgrade", "Upgrade: websocket"];
      const asked = {
        method,
        target,
        head: head(`${method} ${target} HTTP/1.1`, upgrade),
        body: "",
        content: "",
        expectsContinue: false,
      };
      const final = head(`HTTP/1.1 ${status}`, upgrade);
      return [asked, { interim: "", final, ends: false, after: "whole" }];
    });
}

const PLAIN_METHODS = [
  "GET",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
  "HEAD",
];

/** Mostly the first, sometimes the others. */
function often<T>(usual: T, others: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof(
    { arbitrary: fc.constant(usual), weight: 5 },
    { arbitrary: others, weight: 1 },
  );
}

const characters = (...codes: [number, number][]): fc.Arbitrary<string> =>
  fc.oneof(
    ...codes.map(([min, max]) =>
      fc.integer({ min, max }).map((code) => String.fromCharCode(code)),
    ),
  );

const method = fc.oneof(
  { arbitrary: fc.constantFrom(...PLAIN_METHODS), weight: 8 },
  {
    arbitrary: fc.constantFrom("TRACE", "PROPFIND", "PURGE", "get", "X-Y!~1"),
    weight: 1,
  },
);

const path = fc.oneof(
  fc.constantFrom("/", "//", "/a/../b;c=d", "/%2f%00?x-debug=alice", "/a?b#c"),
  fc
    .string({ unit: characters([0x21, 0x7e], [0x80, 0xff]), maxLength: 20 })
    .map((text) => `/${text}`),
  fc.integer({ min: 1, max: 9_000 }).map((n) => `/${"long".repeat(n / 4)}`),
);

const target = fc.oneof(
  { arbitrary: path, weight: 8 },
  {
    arbitrary: fc.constantFrom(
      "*",
      "http://other.example/a?b",
      "HTTPS://u:p@[::1]:80",
      "host:443",
    ),
    weight: 1,
  },
);

const originForm = fc
  .string({ unit: characters([0x30, 0x39], [0x61, 0x7a]), maxLength: 12 })
  .map((text) => `/r/${text}?q=%20${text}`);

/** A word with any of its letters the other way. */
function mixedCase(word: string): fc.Arbitrary<string> {
  return fc
    .nat({ max: 2 ** 20 })
    .map((bits) =>
      [...word]
        .map((letter, i) =>
          (bits >> i) & 1 ? letter.toLowerCase() : letter.toUpperCase(),
        )
        .join(""),
    );
}

const space = often(" ", fc.constantFrom("", "\t", "  \t "));

/** Names that no parser knows for framing, though some look like it. */
const name = fc
  .constantFrom(
    "Accept",
    "Content-Lengthy",
    "X-Content-Length",
    "X-Transfer-Encoding",
    "Trailer",
    "TE",
    "Cookie",
    "Set-Cookie",
    "!#$%&'*+-.^_`|~1",
    "a",
  )
  .chain(mixedCase);

const value = fc.oneof(
  {
    arbitrary: fc.string({
      unit: characters([0x20, 0x7e], [0x80, 0xff], [9, 9]),
      maxLength: 30,
    }),
    weight: 12,
  },
  {
    arbitrary: fc.constantFrom(
      "",
      "chunked",
      "Content-Length: 5",
      "x-debug: alice",
      "\xc3\xa9",
    ),
    weight: 4,
  },
  {
    arbitrary: fc.integer({ min: 1, max: 49_000 }).map((n) => "v".repeat(n)),
    weight: 1,
  },
);

const header = fc
  .tuple(name, space, value, space)
  .map(
    ([name, before, value, after]) =>
      `${name}:${before}${value}${after === " " ? "" : after}`,
  );

/** Other people's values of the header that is matched. */
const notAlice = fc.constantFrom(
  "X-Debug: bob",
  "x-debug:",
  "X-DEBUG: malice",
  "X-Debugger: alice",
);

/** Header lines, of less than the limit together. */
const headers = fc
  .array(fc.oneof(header, header, header, notAlice), { maxLength: 6 })
  .map((lines) => {
    let length = 0;
    return lines.filter((line) => (length += line.length) < 50_000);
  });

/** What is passed on to a replica as it is, and may be looked for there. */
const ownHeaders = fc.array(
  fc.constantFrom("Accept: */*", "Cookie: a=b; c=d", "X-Empty:", "A: 1"),
  { maxLength: 4 },
);

const lastingConnection = fc.constantFrom(
  "",
  "",
  "Connection: keep-alive",
  "connection: TE",
);
const connection = often(
  "",
  fc.constantFrom(
    "Connection: close",
    "CONNECTION:close",
    "Connection: Keep-Alive, X-Foo",
    "Connection:",
    "Keep-Alive: timeout=5",
  ),
);

const interim = fc.constantFrom(
  "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n",
  "HTTP/1.1 102 \r\n\r\n",
  "HTTP/1.1 100 Continue\r\nX-Odd:\xff\r\n\r\n",
);

interface Body {
  header: string;
  text: string;
  content: string;
  chunked: boolean;
}

const NO_BODY: Body = { header: "", text: "", content: "", chunked: false };

const content = fc.oneof(
  {
    arbitrary: fc.string({ unit: characters([0, 255]), maxLength: 60 }),
    weight: 6,
  },
  {
    arbitrary: fc.constantFrom(
      BAIT,
      `0\r\n\r\n${BAIT}`,
      `\r\n\r\n${BAIT}`,
      "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ),
    weight: 3,
  },
  {
    arbitrary: fc.integer({ min: 1, max: 200_000 }).map((n) => "b".repeat(n)),
    weight: 1,
  },
);

const lengthBody: fc.Arbitrary<Body> = fc
  .tuple(mixedCase("Content-Length"), space, fc.nat({ max: 3 }), content)
  .map(([name, space, zeros, content]) => ({
    header: `${name}:${space}${"0".repeat(zeros)}${content.length}`,
    text: content,
    content,
    chunked: false,
  }));

const chunkedBody = (extension: fc.Arbitrary<string>): fc.Arbitrary<Body> =>
  fc
    .record({
      name: mixedCase("Transfer-Encoding"),
      coding: mixedCase("chunked"),
      space,
      content,
      chunks: fc.array(chunk(extension), { minLength: 1, maxLength: 5 }),
      last: fc.tuple(fc.constantFrom("0", "0", "000"), extension),
      trailers: often<string[]>([], fc.array(header, { maxLength: 2 })),
    })
    .map(({ name, coding, space, content, chunks, last, trailers }) => {
      let text = "";
      let rest = content;
      for (let i = 0; rest.length > 0; i++) {
        const { size, zeros, upper, extension } = chunks[i % chunks.length]!;
        // A long body in tiny chunks would be slow without being another case.
        const piece = rest.slice(0, i < 20 ? size : rest.length);
        const hex = "0".repeat(zeros) + piece.length.toString(16);
        text += `${upper ? hex.toUpperCase() : hex}${extension}\r\n${piece}\r\n`;
        rest = rest.slice(piece.length);
      }
      text += `${last.join("")}\r\n`;
      for (const trailer of trailers)
        if (trailer.length < 10_000) text += `${trailer}\r\n`;
      return {
        header: `${name}:${space}${coding}`,
        text: `${text}\r\n`,
        content,
        chunked: true,
      };
    });

const chunk = (extension: fc.Arbitrary<string>) =>
  fc.record({
    size: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(70_000)),
    zeros: often(0, fc.integer({ min: 1, max: 6 })),
    upper: fc.boolean(),
    extension,
  });

/** What Node's parser takes too, which matched requests come through. */
const plainExtension = fc.constantFrom("", "", ";a", ";a=b", ";x;y=1");
const extension = fc.oneof(
  plainExtension,
  fc.constantFrom('; n = "q; s\t\xe9"', ';n="\xff"'),
);

const sizedBody = fc.oneof(lengthBody, chunkedBody(extension));
const body = fc.oneof(fc.constant(NO_BODY), sizedBody);
const plainBody = fc.oneof(
  fc.constant(NO_BODY),
  lengthBody,
  chunkedBody(plainExtension),
);

const head = (line: string, lines: string[]): string =>
  `${[line, ...lines].join("\r\n")}\r\n\r\n`;
