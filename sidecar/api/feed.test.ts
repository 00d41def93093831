import { expect, test } from "vitest";
import { createFeed } from "./feed.js";
import { Book } from "./testing/book.js";

const told = (feed: ReturnType<typeof createFeed>, from = 0) =>
  feed
    .since(from)
    .map(({ name, gone, version }) => `${version} ${gone ? "-" : "+"}${name}`);

test("each object is told once, as it is now, in the order of the changes", async () => {
  const book = new Book();
  book.set("a");
  book.set("b");
  const feed = createFeed(book);
  const leave = await feed.follow(() => {});
  expect(told(feed)).toEqual(["1 +a", "2 +b"]);
  book.set("a", "other");
  book.remove("b");
  book.set("c");
  await expect.poll(() => told(feed)).toEqual(["3 -b", "4 +a", "5 +c"]);
  expect(told(feed, 4)).toEqual(["5 +c"]);
  leave();
});

test("many changes are one look, and no change is no news", async () => {
  const book = new Book();
  const feed = createFeed(book);
  let news = 0;
  const leave = await feed.follow(() => news++);
  for (let i = 0; i < 1_000; i++) book.set("a", `${i}`);
  await expect.poll(() => news).toBe(1);
  expect(feed.version()).toBe(1);
  expect(book.looks).toBeLessThan(5);
  book.set("a", "999");
  await expect.poll(() => book.looks).toBeGreaterThan(2);
  expect(news).toBe(1);
  leave();
});

test("without followers nobody looks, and what changed meanwhile is not lost", async () => {
  const book = new Book();
  book.set("a");
  const feed = createFeed(book);
  (await feed.follow(() => {}))();
  const { looks } = book;
  expect(book.following).toBe(0);
  book.set("b");
  book.remove("a");
  expect(book.looks).toBe(looks);
  const leave = await feed.follow(() => {});
  expect(told(feed, 1)).toEqual(["2 -a", "3 +b"]);
  leave();
});

test("a notice that is lost and a look that fails change nothing", async () => {
  const book = new Book();
  const feed = createFeed(book);
  const leave = await feed.follow(() => {});
  book.failure = new Error("the Engine restarts");
  book.things = [{ metadata: { name: "a" }, text: "" }];
  await expect.poll(() => told(feed), { timeout: 5_000 }).toEqual(["1 +a"]);
  leave();
});

test("a list that cannot be read cannot be followed", async () => {
  const book = new Book();
  book.failure = new Error("no Engine");
  const feed = createFeed(book);
  await expect(feed.follow(() => {})).rejects.toThrow("no Engine");
  expect(book.following).toBe(0);
});

test("only so many deleted objects are remembered", async () => {
  const book = new Book();
  for (let i = 0; i < 5; i++) book.set(`${i}`);
  const feed = createFeed(book, 2);
  const leave = await feed.follow(() => {});
  for (let i = 0; i < 5; i++) book.remove(`${i}`);
  await expect.poll(() => told(feed)).toEqual(["9 -3", "10 -4"]);
  expect(feed.forgotten()).toBe(8);
  leave();
});
