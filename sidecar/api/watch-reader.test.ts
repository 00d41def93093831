import { expect, test } from "vitest";
import { createFeed } from "./feed.js";
import { Book } from "./testing/book.js";
import { createReader, type Reader } from "./watch-reader.js";

/** All messages that there are for a reader now. */
const all = (reader: Reader): string[] => {
  const said: string[] = [];
  for (let next = reader.next(); next; next = reader.next()) {
    const [, json = ""] = /^data: (.*)$/m.exec(next) ?? [];
    const { type, object } = JSON.parse(json) as {
      type: string;
      object?: { metadata: { name: string }; text: string };
    };
    said.push(
      [type, object?.metadata.name, object?.text].filter(Boolean).join(" "),
    );
  }
  return said;
};

test("who is slow is told the last state, not each between", async () => {
  const book = new Book();
  book.set("a", "1");
  const feed = createFeed(book);
  const reader = createReader(feed, () => true, 0);
  await feed.look();
  expect(all(reader)).toEqual(["ADDED a 1", "BOOKMARK"]);
  for (const text of ["2", "3", "4"]) {
    book.set("a", text);
    book.set(`passing-${text}`);
    await feed.look();
    book.remove(`passing-${text}`);
    await feed.look();
  }
  expect(all(reader)).toEqual(["MODIFIED a 4"]);
  book.remove("a");
  book.set("b");
  await feed.look();
  book.set("a", "5");
  await feed.look();
  expect(all(reader)).toEqual(["DELETED a 4", "ADDED b", "ADDED a 5"]);
});

test("a change in the middle of the beginning is told once", async () => {
  const book = new Book();
  book.set("a", "1");
  book.set("b", "1");
  book.set("c", "1");
  const feed = createFeed(book);
  await feed.look();
  const reader = createReader(feed, () => true, 0);
  reader.next();
  book.set("a", "2");
  book.set("b", "2");
  book.remove("c");
  await feed.look();
  expect(all(reader)).toEqual(["MODIFIED a 2", "ADDED b 2", "BOOKMARK"]);
});

test("who was away for longer than is remembered is told everything", async () => {
  const book = new Book();
  for (let i = 0; i < 5; i++) book.set(`${i}`);
  const feed = createFeed(book, 2);
  await feed.look();
  const version = feed.version();
  for (let i = 0; i < 4; i++) book.remove(`${i}`);
  await feed.look();
  const following = createReader(feed, () => true, feed.version() - 1);
  expect(following.behind()).toBe(false);
  const reader = createReader(feed, () => true, version);
  expect(reader.next()).toContain(
    '{"type":"ADDED","object":{"metadata":{"name":"4"}',
  );
  expect(reader.next()).toContain('{"type":"BOOKMARK","complete":true}');
});

test("who falls behind by more than is remembered must begin anew", async () => {
  const book = new Book();
  for (let i = 0; i < 5; i++) book.set(`${i}`);
  const feed = createFeed(book, 2);
  await feed.look();
  const reader = createReader(feed, () => true, 0);
  expect(all(reader)).toHaveLength(6);
  for (let i = 0; i < 2; i++) book.remove(`${i}`);
  await feed.look();
  expect(reader.behind()).toBe(false);
  book.remove("2");
  await feed.look();
  expect(reader.behind()).toBe(true);
});
