import fc from "fast-check";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { MatchClause } from "../schema/match.js";
import type { Route } from "../schema/routing.js";
import { SHARE_NAME } from "../schema/share.js";
import { choose } from "./choose.js";
import { Malformed, parseRequestHead } from "./frame.js";
import { Plane } from "./plane.js";
import { Client, eventually, startApp, Testbed } from "./testbed.js";
import { check, limit, runs } from "../../test/support/fuzzing.js";
import { proxyLine } from "./testing/proxy-header.js";

// Whatever a table matches by, each request of a kept-alive connection must go
// where `choose` sends it, with the lane in C, which chooses nothing, or without.
const CONNECTIONS = 400;

/** Of the requests, at least these many are to go by the lane in C. */
const BY_THE_LANE = 0.25;

const globs = fc.constantFrom("1", "alice", "a*", "*", "b");
const values = fc.constantFrom("1", "alice", "ab", "c", "b");
const clauses: fc.Arbitrary<MatchClause> = fc.record(
  {
    method: fc.constantFrom("GET", "post", "HEAD"),
    client: fc.constantFrom("10.0.0.0/8", "127.0.0.1", "192.0.2.7"),
    path: fc.constantFrom(
      ...["/", "/**", "/orders/*", "/orders/**", "/a/**/b", "/é*", "*"],
    ),
    header: fc.dictionary(fc.constantFrom("X-Debug", "x-user"), globs, {
      minKeys: 1,
      maxKeys: 2,
    }),
    cookie: fc.dictionary(fc.constantFrom("user", "id"), globs, { maxKeys: 1 }),
    query: fc.dictionary(fc.constantFrom("debug", "q"), globs, { maxKeys: 1 }),
    baggage: fc.dictionary(fc.constantFrom("user"), globs, { maxKeys: 1 }),
  },
  { requiredKeys: [] },
);

/** Mostly simple ones, which leave the lane something; else every table would be for JavaScript. */
const clause: fc.Arbitrary<MatchClause> = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ path: fc.constantFrom("/orders/*", "/a/**/b") }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      header: fc.dictionary(fc.constantFrom("X-Debug", "x-user"), globs, {
        minKeys: 1,
        maxKeys: 1,
      }),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      client: fc.constantFrom("10.0.0.0/8", "192.0.2.7"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ cookie: fc.record({ user: globs }) }) },
  { weight: 2, arbitrary: clauses.filter(hasBeginning) },
  { weight: 1, arbitrary: clauses },
);

function hasBeginning({ header, client, path }: MatchClause): boolean {
  return !!header || !!client || !!path?.startsWith("/orders");
}

const route = (session: string) =>
  fc.record({
    session: fc.constant(session),
    match: fc.array(clause, {
      minLength: session === "one" ? 1 : 0,
      maxLength: 2,
    }),
    paused: fc.boolean(),
    whenPaused: fc.constantFrom("queue", "original", "reject"),
    share: fc.constantFrom(undefined, `${session}-shared`),
    debugger: fc.constantFrom(undefined, `${session}-page`),
    probes: fc.constantFrom(undefined, {
      paths: ["/orders/alive", "/healthz"],
      userAgents: ["kube*"],
    }),
  });
const tables = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(route("one")) },
  { weight: 1, arbitrary: fc.tuple(route("one"), route("two")) },
);

const targets = fc.constantFrom(
  ...[
    "/",
    "/",
    "/a?q=1",
    "/orders",
    "/orders/1",
    "/%6frders/1",
    "/orders/alive",
  ],
  ...["/a/b", "/a/x/b", "/healthz", "http://shop/orders/2", "/x/../orders/3"],
  ...["/c?debug=1", "/c?%64ebug=alice", "//orders/1", "/%C3%A9t", "*"],
  ...[`/?${SHARE_NAME}=one-shared`, `/?${SHARE_NAME}=off`],
  ...["/?__debugger__=yes&s=one-page", "/?__debugger__=yes&cmd=resource"],
);
const header: fc.Arbitrary<[string, string]> = fc.oneof(
  fc.tuple(fc.constantFrom("X-Debug", "x-DEBUG", "X-User"), values),
  fc.tuple(
    fc.constant("Cookie"),
    values.map((value) => `user=${value}; id=1`),
  ),
  fc.tuple(fc.constant("Cookie"), fc.constant(`${SHARE_NAME}=one-shared`)),
  fc.tuple(
    fc.constant("baggage"),
    values.map((value) => `user=${value}`),
  ),
  fc.tuple(fc.constant("User-Agent"), fc.constantFrom("kube-probe/1", "curl")),
);
const requests = fc.record({
  method: fc.oneof(
    { weight: 4, arbitrary: fc.constant("GET") },
    { weight: 1, arbitrary: fc.constantFrom("HEAD", "POST", "ODD", "OPTIONS") },
  ),
  target: targets,
  headers: fc.oneof(
    { weight: 3, arbitrary: fc.constant<[string, string][]>([]) },
    { weight: 2, arbitrary: fc.array(header, { maxLength: 2 }) },
  ),
});
const connections = fc.record({
  table: tables,
  client: fc.constantFrom(undefined, undefined, "10.1.2.3", "192.0.2.7"),
  requests: fc.array(requests, { minLength: 4, maxLength: 10 }),
});

/** An app that says who it is, whatever it is asked and whatever came before. */
const talker = (name: string) =>
  startApp((socket) => {
    let text = "";
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      for (;;) {
        const request = /([A-Z]+) \S+ HTTP\/1\.1\r\n(?:.+\r\n)*\r\n/.exec(text);
        if (!request) return;
        text = text.slice(request.index + request[0].length);
        const body = request[1] === "HEAD" ? "" : "hello";
        socket.write(
          `HTTP/1.1 200 OK\r\nWho: ${name}\r\nContent-Length: 5\r\n\r\n${body}`,
        );
      }
    });
    socket.on("end", () => socket.end());
  });

let bed: Testbed;
let version = 1000;
const account = vi.spyOn(Plane.prototype, "account");
beforeAll(async () => {
  bed = await new Testbed(
    await talker("original"),
    await talker("replica"),
  ).start();
});
afterAll(() => bed.stop());

test(
  `${runs(CONNECTIONS)} connections must have each request answered by whom it was chosen for`,
  async () => {
    let asked = 0;
    await check(
      CONNECTIONS,
      connections,
      async ({ table, client, requests }) => {
        const upstream = { host: "127.0.0.1", port: bed.replica.port };
        const routes = table.map(
          (each): Route => Object.assign({ upstream }, each) as Route,
        );
        const chosenBy = { version: ++version, routes };
        await bed.sidecar.apply(chosenBy);
        bed.messages.splice(0);
        const dialled = await Client.dial(bed.port);
        if (client !== undefined) dialled.send(proxyLine(client));
        try {
          for (const { method, target, headers } of requests) {
            const text = [
              `${method} ${target} HTTP/1.1`,
              "Host: shop",
              ...headers.map(([name, value]) => `${name}: ${value}`),
              "\r\n",
            ].join("\r\n");
            const head = parseRequestHead(Buffer.from(text, "latin1"));
            if (head instanceof Malformed) throw new Error(head.reason);
            const choice = choose(head, chosenBy, client ?? "127.0.0.1");
            dialled.taken();
            dialled.send(text);
            asked++;
            await eventually(() => isWhole(dialled.text, method));
            expect(`${text}${answererOf(dialled.text)}`).toBe(
              `${text}${nameOf(choice)}`,
            );
          }
        } finally {
          dialled.socket.destroy();
        }
      },
    );
    if (process.env["SIDESTEP_PLANE"] === "0") return;
    // What the lane took is accounted for once a second.
    const taken = () =>
      account.mock.results.reduce((sum, { value }) => sum + Number(value), 0);
    console.info(`${taken()} of ${asked} requests went by the lane in C`);
    expect(taken()).toBeGreaterThan(asked * BY_THE_LANE);
  },
  limit(CONNECTIONS),
);

function isWhole(text: string, method: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return false;
  const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
  return method === "HEAD" || text.length >= end + 4 + length;
}

function answererOf(text: string): string {
  const sidestep = /x-sidestep: (.*)\r\n/i.exec(text)?.[1];
  const who = /^who: (.*)\r\n/im.exec(text)?.[1];
  if (/^HTTP\/1.1 303/.test(text)) return "share link";
  if (who === "original") return sidestep ? `marked: ${sidestep}` : "original";
  return sidestep ?? who ?? text;
}

function nameOf(choice: ReturnType<typeof choose>): string {
  switch (choice.lane) {
    case "share":
      return "share link";
    case "replica":
      return `session=${choice.route.session}`;
    case "reject":
      return `paused; session=${choice.route.session}`;
    case "original":
      return "original";
  }
}
