import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  check,
  limit,
  runs,
  watchUnhandled,
} from "../../test/support/fuzzing.js";
import { eventually } from "../interceptor/testbed.js";
import { InterceptorMessage } from "../schema/index.js";
import {
  listenForInterceptors,
  type InterceptorLinks,
} from "./interceptors.js";
import { createBooks } from "./testing/books.js";
import { Peer } from "./testing/peer.js";
import { peers, understood } from "./testing/wire.js";

// Every container with the volume can dial this socket, and an interceptor may
// be of another version: what it sends must be nobody else's trouble.
const PEERS = 250;

const TOKEN = "a-token";
const hello = (token = TOKEN, run = "0123abcd") => ({
  ...{ type: "hello", token, pid: 7, port: 8000, run },
});

let books: ReturnType<typeof createBooks>;
let links: InterceptorLinks;
let path: string;
/** What had an effect of that on the interceptor `shop`. */
let effects: string[];
/** A good interceptor, there from the beginning. */
let steady: Peer;

const nothingUnhandled = watchUnhandled();

beforeEach(async () => {
  books = createBooks();
  effects = [];
  path = join(books.folder, "interceptor.sock");
  const { pauses, requests, ledger } = books;
  links = await listenForInterceptors(
    () => undefined,
    (name, { reason }) => effects.push(`${name} event ${reason}`),
    (list) => {
      effects.push(`requests ${list.length}`);
      pauses.requests(list);
    },
    {
      canarySeen: (id) => effects.push(`canary ${id}`),
      seen: (name, told, dropped) => {
        effects.push(`${name} seen ${told.length}`);
        requests.told(name, told, dropped);
      },
      figures: (name, figures) => {
        effects.push(`${name} figures`);
        ledger.take(name, figures);
      },
      hungUp: (name, link) => {
        requests.hungUp(name);
        pauses.clientsLost(link.run);
      },
    },
    path,
  );
  links.expect("shop", TOKEN);
  links.expect("other", "another-token");
  steady = await Peer.dial(path);
  steady.say(hello("another-token", "feed"));
  await eventually(() => links.get("other") !== undefined);
});
afterEach(() => {
  links.close();
  books.close();
  nothingUnhandled();
});

/** The good interceptor must be heard and told, and one that comes now too. */
async function mustServe(): Promise<void> {
  const probed = links.probe("other", "127.0.0.1", 1);
  const asked = await steady.until('"probe"');
  const [, id] = /"id":(\d+)/.exec(asked) ?? [];
  steady.say({ type: "probed", id: Number(id), ok: true });
  expect(await probed).toBe(true);
  const fresh = await Peer.dial(path);
  fresh.say(hello());
  await eventually(() => links.get("shop") !== undefined);
  links.send("shop", { type: "list", seconds: 1 });
  await fresh.until('"list"');
  fresh.socket.end();
  await fresh.left();
}

const effectOf = (message: InterceptorMessage): string[] => {
  switch (message.type) {
    case "event":
      return [`shop event ${message.reason}`];
    case "requests":
      return [`requests ${message.requests.length}`];
    case "canarySeen":
      return [`canary ${message.id}`];
    case "seen":
      return [`shop seen ${message.requests.length}`];
    case "figures":
      return ["shop figures"];
    default:
      return [];
  }
};

test(
  `of ${runs(PEERS)} peers only what is understood must have an effect, and only with the token`,
  async () => {
    let known = 0;
    await check(
      PEERS,
      peers(InterceptorMessage, hello, TOKEN),
      async (said) => {
        effects = [];
        const messages = understood(said, InterceptorMessage, TOKEN);
        const peer = await Peer.dial(path);
        await peer.sendAll(said.bytes, said.cuts);
        await eventually(() => links.get("shop") === undefined);
        expect(effects).toEqual(messages.flatMap(effectOf));
        books.mustBeShown();
        await mustServe();
        if (messages.length > 1) known++;
      },
    );
    // Else nothing was tried but refusals.
    expect(known).toBeGreaterThan(runs(PEERS) / 4);
  },
  limit(PEERS),
);

test("an interceptor that tells of ever other sessions and reasons must not fill the memory", async () => {
  const peer = await Peer.dial(path);
  peer.say(hello());
  const figures = (n: number) => ({
    ...{ type: "figures", since: 1, accepted: 0, renewals: 0, memory: 0 },
    routes: [
      {
        ...{ session: `s${n}`, route: "replica", received: 1, sent: 1 },
        ended: [0, 0, 1, 0, 0, 0],
        latencies: { counts: [1], sum: 1 },
      },
    ],
    events: { [`Reason${n}`]: 1 },
  });
  for (let n = 0; n < 1_000; n++) peer.say(figures(n));
  peer.socket.end();
  await peer.left();
  expect(effects).toHaveLength(1_000);
  expect(books.ledger.routes.size).toBeLessThanOrEqual(200);
  expect(books.ledger.events.size).toBeLessThanOrEqual(200);
});

test("an interceptor that does not read must be hung up on, before the memory is full", async () => {
  const peer = await Peer.dial(path);
  peer.socket.pause();
  peer.say(hello());
  await eventually(() => links.get("shop") !== undefined);
  const host = "x".repeat(10_000);
  for (let n = 0; n < 1_000; n++)
    links.send("shop", { type: "probe", id: n, host, port: 1 });
  await eventually(() => links.get("shop") === undefined);
  await mustServe();
});
