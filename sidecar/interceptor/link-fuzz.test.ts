import fc from "fast-check";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  brokenJson,
  jsonTexts,
} from "../../test/support/arbitrary/broken-json.js";
import {
  check,
  limit,
  runs,
  watchUnhandled,
} from "../../test/support/fuzzing.js";
import type { RoutingTable } from "../schema/routing.js";
import {
  choose,
  chooseConnection,
  headersLookedAt,
  mayMatch,
} from "./choose.js";
import { MAX_TABLE_LINE } from "./lines.js";
import { parseMessage } from "./messages.js";
import {
  Client,
  eventually,
  ok,
  onRequests,
  startApp,
  Testbed,
  type App,
} from "./testbed.js";

// What an interceptor is told decides whose requests go where: what is not
// understood to the end must decide nothing, and nobody's request may fail of it.
const LINES = 12;
const MESSAGES = 500;

let original: App;
let replica: App;
let bed: Testbed;

const nothingUnhandled = watchUnhandled();

beforeEach(async () => {
  original = await startApp(onRequests((path) => ok(`original:${path}`)));
  replica = await startApp(onRequests((path) => ok(`replica:${path}`)));
  bed = await new Testbed(original, replica).start();
});
afterEach(async () => {
  await bed.stop();
  nothingUnhandled();
});

const get = (path: string, header = "") =>
  `GET ${path} HTTP/1.1\r\nHost: shop\r\n${header}\r\n`;

/** A table that takes nothing but `x-debug: bob`, with all that a route can have. */
const sound = (version: number): RoutingTable => ({
  version,
  routes: [
    {
      session: "shop",
      match: [
        { header: { "x-debug": "bob" }, path: "/**", client: "127.0.0.0/8" },
      ],
      upstream: { host: "127.0.0.1", port: replica.port },
      ...{ debugger: "secret", share: "link", paused: false, maxWait: 5_000 },
      ...{ whenPaused: "queue", pausedRequests: ["1-1"], cutIdle: true },
      probes: { paths: ["/alive"], userAgents: ["lb/*"] },
    },
  ],
});

/** Those that change nothing, well or badly said; no drain, which would end the session. */
const tables = fc
  .nat(1_000)
  .map((more) => ({ type: "table", table: sound(1_000 + more) }));
const lines = fc.oneof(
  { arbitrary: tables.map((table) => table as unknown), weight: 2 },
  { arbitrary: brokenJson(tables), weight: 4 },
  {
    arbitrary: brokenJson(
      fc.constantFrom(
        { type: "probe", id: 1, host: "127.0.0.1", port: 1 },
        { type: "list", seconds: 1 },
      ),
    ),
    weight: 2,
  },
  { arbitrary: jsonTexts.map((text) => text as unknown), weight: 1 },
);
const asLine = (value: unknown) =>
  typeof value === "string" ? value : JSON.stringify(value);

const requests = ["/", "/a?__debugger__=yes&s=secret", "/?sidestep-session=x"];

test(
  `every one of ${runs(MESSAGES)} tables that is taken must be one to choose by`,
  async () => {
    let taken = 0;
    await check(MESSAGES, lines.map(asLine), (line) => {
      const message = parseMessage(line);
      if (message?.type !== "table") return;
      taken++;
      const { table } = message;
      headersLookedAt(table);
      mayMatch(table, "127.0.0.1");
      chooseConnection(table);
      for (const target of requests) {
        const headers: [string, string][] = [["x-debug", "bob"]];
        choose({ method: "GET", target, headers }, table, "127.0.0.1");
      }
    });
    // Else nothing was tried but refusals.
    expect(taken).toBeGreaterThan(runs(MESSAGES) / 10);
  },
  limit(MESSAGES),
);

test(
  `after ${runs(LINES)} lines of a sidecar that may be broken requests must go on, and only whole tables be in force`,
  async () => {
    let refused = 0;
    await check(LINES, lines.map(asLine), async (line) => {
      const hellos = () =>
        bed.messages.filter(({ type }) => type === "hello").length;
      await bed.route([{ header: { "x-debug": "alice" } }]);
      bed.messages.length = 0;
      const client = await Client.dial(bed.port);
      await client.send(get("/1")).until("original:/1");
      bed.say(line);
      const parts = line.split("\n");
      const messages = parts.map((part) =>
        part.length > MAX_TABLE_LINE ? undefined : parseMessage(part),
      );
      const bad = messages.some((message) => message === undefined);
      if (bad) {
        refused++;
        // It is left, and dialled again: till then there is no table.
        await eventually(() => hellos() === 1);
        await client.send(get("/2", "x-debug: alice\r\n")).until("original:/2");
      } else if (messages.some((message) => message?.type === "table")) {
        await eventually(() =>
          bed.messages.some(({ type }) => type === "applied"),
        );
      }
      await client.send(get("/3")).until(":/3");
      client.socket.destroy();
    });
    // Else nothing was tried but one kind: each time a good table goes first.
    expect(refused).toBeGreaterThan(0);
    await bed.route([{ header: { "x-debug": "alice" } }]);
    const last = await Client.dial(bed.port);
    await last.send(get("/4", "x-debug: alice\r\n")).until("replica:/4");
    await last.send(get("/5")).until("original:/5");
  },
  limit(LINES),
);
