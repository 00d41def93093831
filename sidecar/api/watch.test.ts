import {
  createServer,
  get,
  type IncomingMessage,
  type Server,
} from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { WatchEvent } from "../schema/index.js";
import { listed } from "./list.js";
import { Book, type Thing } from "./testing/book.js";
import { createWatches, type Watches } from "./watch.js";

const SLOW_MS = 3_000;

let book: Book;
let watches: Watches;
let server: Server;
beforeEach(async () => {
  book = new Book();
  watches = createWatches(SLOW_MS);
  const app = express();
  const wanted = (thing: Thing, { text }: Record<string, unknown>) =>
    !text || thing.text === text;
  app.get("/things", listed("Thing", book, watches, { wanted }));
  server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

interface Reader {
  /** Each message as `ADDED a text`. */
  seen: string[];
  ids: string[];
  text: string;
  response: IncomingMessage;
  ended: boolean;
}

const open = (query = "", headers: Record<string, string> = {}) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    const { port } = server.address() as AddressInfo;
    const url = `http://127.0.0.1:${port}/things?watch=true${query}`;
    get(url, { headers, agent: false }, resolve).on("error", reject);
  });

async function watch(...args: Parameters<typeof open>): Promise<Reader> {
  const response = await open(...args);
  const reader: Reader = {
    seen: [],
    ids: [],
    text: "",
    response,
    ended: false,
  };
  let rest = "";
  response.setEncoding("utf8");
  response.on("error", () => {});
  response.on("end", () => (reader.ended = true));
  response.on("data", (chunk: string) => {
    reader.text += chunk;
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line.startsWith("id: ")) reader.ids.push(line.slice(4));
      if (line.startsWith("data: ")) reader.seen.push(said(line.slice(6)));
    }
  });
  return reader;
}

const said = (json: string): string => {
  const event = JSON.parse(json) as WatchEvent<Thing>;
  return event.type === "BOOKMARK"
    ? `BOOKMARK ${event.complete ? "all" : "changes"}`
    : `${event.type} ${event.object.metadata.name} ${event.object.text}`.trim();
};

test("first what there is, then what changes, then what is gone", async () => {
  book.set("a", "one");
  const reader = await watch();
  expect(reader.response.headers["content-type"]).toBe("text/event-stream");
  await expect.poll(() => reader.seen).toEqual(["ADDED a one", "BOOKMARK all"]);
  book.set("b", "two");
  await expect.poll(() => reader.seen.at(-1)).toBe("ADDED b two");
  book.set("a", "three");
  await expect.poll(() => reader.seen.at(-1)).toBe("MODIFIED a three");
  book.remove("a");
  await expect.poll(() => reader.seen.at(-1)).toBe("DELETED a three");
  reader.response.destroy();
  await expect.poll(() => book.following).toBe(0);
});

test("without ?watch it is a list", async () => {
  book.set("a");
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/things?name=a`);
  expect(await answer.json()).toMatchObject({
    kind: "ThingList",
    items: [{ metadata: { name: "a" } }],
  });
});

test("only what is asked for is told, its end too", async () => {
  book.set("a", "red");
  book.set("b", "blue");
  const red = await watch("&text=red");
  const named = await watch("&name=b");
  await expect.poll(() => red.seen).toEqual(["ADDED a red", "BOOKMARK all"]);
  book.remove("b");
  book.remove("a");
  await expect.poll(() => red.seen.at(-1)).toBe("DELETED a red");
  await expect
    .poll(() => named.seen)
    .toEqual(["ADDED b blue", "BOOKMARK all", "DELETED b blue"]);
});

test.each([["last-event-id"], ["resourceVersion"]])(
  "with %s, who was away is told what changed meanwhile",
  async (by) => {
    book.set("a", "one");
    book.set("b", "one");
    book.set("c", "one");
    const before = await watch();
    await expect.poll(() => before.seen).toHaveLength(4);
    before.response.destroy();
    await expect.poll(() => book.following).toBe(0);
    book.set("a", "two");
    book.remove("b");
    book.set("d", "two");
    book.set("passing");
    book.remove("passing");

    const id = before.ids.at(-1) ?? "";
    const after = await (by === "last-event-id"
      ? watch("", { "last-event-id": id })
      : watch(`&resourceVersion=${id}`));
    await expect.poll(() => after.seen.at(-1)).toBe("BOOKMARK changes");
    expect(after.seen).toEqual([
      "DELETED b one",
      "MODIFIED a two",
      "ADDED d two",
      "BOOKMARK changes",
    ]);
  },
);

test.each([["00000000.1"], ["nonsense"], ["{epoch}.999999"]])(
  "a version that is none of ours (%s) is told everything",
  async (id) => {
    book.set("a");
    const first = await watch();
    await expect.poll(() => first.ids).toHaveLength(1);
    const [epoch = ""] = (first.ids[0] ?? "").split(".");
    const reader = await watch("", {
      "last-event-id": id.replace("{epoch}", epoch),
    });
    await expect.poll(() => reader.seen).toEqual(["ADDED a", "BOOKMARK all"]);
  },
);

test("before all was told, there is nothing to resume from", async () => {
  book.set("a");
  book.set("b");
  const reader = await watch();
  await expect.poll(() => reader.seen.at(-1)).toBe("BOOKMARK all");
  expect(reader.text.indexOf("id: ")).toBeGreaterThan(
    reader.text.lastIndexOf("ADDED"),
  );
});

test("a reader that takes nothing is dropped, and nothing is kept for it", async () => {
  const large = "x".repeat(1_000_000);
  for (let i = 0; i < 50; i++) book.set(`thing-${i}`, large);
  const response = await open();
  response.pause();
  response.on("error", () => {});
  await expect.poll(() => book.following, { timeout: 2 * SLOW_MS }).toBe(0);
  expect(response.socket.bytesRead).toBeLessThan(50_000_000);
});

test("when the sidecar ends, the last change is told and the stream ends", async () => {
  book.set("a");
  const reader = await watch();
  await expect.poll(() => reader.seen.at(-1)).toBe("BOOKMARK all");
  book.remove("a");
  await watches.end();
  await expect.poll(() => reader.ended).toBe(true);
  expect(reader.seen.at(-1)).toBe("DELETED a");
});

test("a list that cannot be read is an error, not a stream", async () => {
  book.failure = new Error("no Engine");
  expect((await open()).statusCode).toBe(500);
});
