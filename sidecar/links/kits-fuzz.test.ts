import { join } from "node:path";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  check,
  limit,
  runs,
  watchUnhandled,
} from "../../test/support/fuzzing.js";
import { eventually } from "../interceptor/testbed.js";
import { KitMessage } from "../schema/index.js";
import { createKitLinks, type KitLinks, type PauseEvents } from "./kits.js";
import { createBooks } from "./testing/books.js";
import { Peer } from "./testing/peer.js";
import { peers, understood } from "./testing/wire.js";

// A replica may turn hostile, or another container with the volume: what it
// sends to the socket of its session's kits must be nobody else's trouble.
const PEERS = 300;

const TOKEN = "a-token";
const hello = (token = TOKEN, pid = 7) => ({
  type: "hello",
  token,
  pid,
  runtime: "python 3.11.2",
});
const pause = (id: string) => ({
  ...{ type: "pause", id, pid: 1, thread: "MainThread", reason: "breakpoint" },
  ...{ file: "/app/views.py", line: 42, function: "order" },
});

let books: ReturnType<typeof createBooks>;
let links: KitLinks;
let path: string;
/** What had an effect: what was done, and to what. */
let effects: string[];
/** A good kit, there from the beginning, and of a session of its own. */
let steady: Peer;

const nothingUnhandled = watchUnhandled();

beforeEach(async () => {
  books = createBooks();
  effects = [];
  const seen = (session: string, what: string) => {
    if (session === "shop") effects.push(what);
  };
  const { pauses, breakpoints } = books;
  const events: PauseEvents = {
    paused: (session, message, answer) => {
      seen(session, `pause ${message.id}`);
      pauses.paused(session, message, answer);
    },
    resumed: (session, id) => {
      seen(session, `resume ${id}`);
      pauses.resumed(session, id);
    },
    serving: (session) => {
      seen(session, "ready");
      pauses.serving(session);
    },
    hungUp: (session, id) => pauses.hungUp(session, id),
    exited: (session, pid, how) => {
      seen(session, `exited ${pid}`);
      pauses.exited(session, pid, how);
    },
    typed: (session, line) => {
      seen(session, `typed ${line}`);
      pauses.typed(session, line);
    },
  };
  links = createKitLinks(
    () => undefined,
    events,
    {
      ...breakpoints,
      reported: (session, pid, report) => {
        seen(session, `breakpoint ${report.id}`);
        breakpoints.reported(session, pid, report);
      },
    },
    pino({ level: "silent" }),
    (session) => join(books.folder, `${session}.sock`),
    books.events.tell,
  );
  path = join(books.folder, "shop.sock");
  await links.expect("shop", TOKEN);
  await links.expect("other", "another-token");
  breakpoints.begin("shop", "2026-01-01T11:00:00Z", [{ at: "views.py:42" }]);
  steady = await Peer.dial(join(books.folder, "other.sock"));
  steady.say(hello("another-token", 1));
  await steady.until('"welcome"');
});
afterEach(() => {
  links.close();
  books.close();
  nothingUnhandled();
});

/** The good kit must be served, and one that comes now too. */
async function mustServe(): Promise<void> {
  steady.say(pause("feedfeed"), { type: "resume", id: "feedfeed" });
  await steady.until('"terminal"');
  const fresh = await Peer.dial(path);
  fresh.say(hello());
  await fresh.until('"welcome"');
  fresh.socket.end();
  await fresh.left();
}

const effectOf = (message: KitMessage): string[] => {
  switch (message.type) {
    case "pause":
    case "resume":
    case "breakpoint":
      return [`${message.type} ${message.id}`];
    case "ready":
      return ["ready"];
    case "exited":
      return [`exited ${message.pid}`];
    case "typed":
      return [`typed ${message.line}`];
    default:
      return [];
  }
};

test(
  `of ${runs(PEERS)} peers only what is understood must have an effect, and only with the token`,
  async () => {
    let known = 0;
    await check(PEERS, peers(KitMessage, hello, TOKEN), async (said) => {
      effects = [];
      const messages = understood(said, KitMessage, TOKEN);
      const peer = await Peer.dial(path);
      await peer.sendAll(said.bytes, said.cuts);
      await mustServe();
      expect(effects).toEqual(messages.flatMap(effectOf));
      books.mustBeShown();
      if (messages.length > 1) known++;
    });
    // Else nothing was tried but refusals.
    expect(known).toBeGreaterThan(runs(PEERS) / 4);
  },
  limit(PEERS),
);

test("a peer that floods and does not read must be hung up on or not be heard, before the memory is full", async () => {
  const peer = await Peer.dial(path);
  peer.socket.pause();
  peer.say(hello());
  let heard = true;
  for (let n = 0; heard && !peer.closed; n++) {
    expect(n).toBeLessThan(500_000);
    const { socket } = peer;
    const id = n.toString(16).padStart(64, "0");
    if (socket.write(`${JSON.stringify(pause(id))}\n`)) continue;
    heard = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), 1_000);
      const on = () => {
        clearTimeout(timer);
        resolve(true);
      };
      socket.once("drain", on);
      socket.once("close", on);
    });
  }
  await mustServe();
  peer.socket.destroy();
});

test("many who do not say who they are must not keep out who does", async () => {
  const strangers = await Promise.all(
    Array.from({ length: 400 }, () => Peer.dial(path)),
  );
  await mustServe();
  await eventually(
    () => strangers.filter(({ closed }) => !closed).length <= 100,
    () => "they are all there still",
  );
  for (const { socket } of strangers) socket.destroy();
});

test("a process that is there a thousand times must leave room for others", async () => {
  const all: Peer[] = [];
  for (let n = 0; n < 1_000; n++) {
    const peer = await Peer.dial(path);
    all.push(peer.say(hello(TOKEN, n)));
  }
  await eventually(
    () => all.filter(({ closed }) => !closed).length <= 200,
    () => "they are all there still",
  );
  steady.say(pause("feedfeed"));
  await steady.until('"terminal"');
  for (const { socket } of all) socket.destroy();
});
