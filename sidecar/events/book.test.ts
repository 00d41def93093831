import { expect, test } from "vitest";
import { Event } from "../schema/index.js";
import { createEventBook, type News } from "./book.js";
import { isAskedFor } from "./select.js";

const news = (message: string, more: Partial<News> = {}): News => ({
  type: "Warning",
  reason: "WaitedTooLong",
  object: "session/shop",
  session: "shop",
  message,
  ...more,
});

test("the same again is counted, and is the last one then", () => {
  let now = Date.parse("2026-05-04T12:00:00Z");
  const book = createEventBook(10, () => now);
  book.tell(news("a"));
  now += 60_000;
  book.tell(news("b"));
  now += 60_000;
  book.tell(news("a", { times: 3 }));
  const [b, a] = book.list();
  expect(b?.status).toMatchObject({ message: "b", count: 1 });
  expect(a?.status).toMatchObject({
    message: "a",
    count: 4,
    firstSeen: "2026-05-04T12:00:00.000Z",
    lastSeen: "2026-05-04T12:02:00.000Z",
  });
  expect(a?.metadata.creationTimestamp).toBe(a?.status.firstSeen);
  for (const event of book.list()) Event.parse(event);
});

test("what differs in anything is another event, with a name of its own", () => {
  const book = createEventBook(10, () => 0);
  book.tell(news("a"));
  book.tell(news("a", { type: "Normal" }));
  book.tell(news("a", { reason: "Other" }));
  book.tell(news("a", { object: "pause/shop-1" }));
  const names = book.list().map(({ metadata }) => metadata.name);
  expect(new Set(names).size).toBe(4);
  expect(names[3]).toMatch(/^shop-1\./);
});

test("only the latest are kept, and each is told of", () => {
  const book = createEventBook(3);
  let told = 0;
  const leave = book.onChange(() => told++);
  for (let i = 0; i < 10; i++) book.tell(news(`${i}`));
  expect(book.list().map(({ status }) => status.message)).toEqual([
    "7",
    "8",
    "9",
  ]);
  expect(told).toBe(10);
  leave();
  book.tell(news("x".repeat(1_000_000)));
  expect(told).toBe(10);
  expect(book.list()[2]?.status.message.length).toBeLessThan(10_000);
});

test.each([
  [{}, ["a", "b", "c"]],
  [{ for: "session/shop" }, ["a", "b"]],
  [{ for: "pause/shop-1" }, ["b"]],
  [{ for: "session/sho" }, []],
  [{ types: "Warning" }, ["a", "c"]],
  [{ types: "Warning,Normal" }, ["a", "b", "c"]],
  [{ types: "Normal", for: "session/shop" }, ["b"]],
])("%j asks for %j", (query, expected) => {
  const book = createEventBook();
  book.tell(news("a"));
  book.tell(news("b", { type: "Normal", object: "pause/shop-1" }));
  book.tell(news("c", { object: "container/x", session: undefined }));
  const asked = book.list().filter((event) => isAskedFor(event, query));
  expect(asked.map(({ status }) => status.message)).toEqual(expected);
});

test("a session that floods takes no other session's events away", () => {
  const book = createEventBook(10, () => 0);
  book.tell(news("mine", { object: "session/bank", session: "bank" }));
  for (let n = 0; n < 50; n++) book.tell(news(`${n}`));
  const kept = book.list().map(({ status }) => status.message);
  expect(kept).toEqual(["mine", ...[..."123456789"].map((n) => `4${n}`)]);
  book.tell(news("x".repeat(60_000)));
  expect(book.list().at(-1)?.status.message).toHaveLength(2_000);
});
