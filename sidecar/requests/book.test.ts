import { beforeEach, expect, test } from "vitest";
import type { ToldRequest } from "../schema/index.js";
import { createRequestBook, type PausedAt, type RequestBook } from "./book.js";

const TAKER = "demo-shop-1-sidestep-port-8000";
const told = (id: string, changes: Partial<ToldRequest> = {}): ToldRequest => ({
  id,
  session: "alice",
  method: "GET",
  path: `/${id}`,
  client: "10.0.0.1",
  route: "replica",
  reason: "session alice: clause 1 matches",
  state: "waiting",
  since: Number(id),
  received: 0,
  sent: 0,
  ...changes,
});
const ended = { state: "ended", status: 200, durationMs: 5 } as const;

let paused: PausedAt[];
let asked: number[];
let book: RequestBook;
beforeEach(() => {
  paused = [];
  asked = [];
  book = createRequestBook(
    () => paused,
    (seconds) => asked.push(seconds),
  );
});
const lines = () =>
  book
    .list()
    .map(({ metadata, status: { state, status, pause } }) =>
      [metadata.name, state, status, pause].join(" ").trim(),
    );

test("a request is there from its beginning, says when it is paused, and then how it ended", () => {
  let changes = 0;
  book.onChange(() => changes++);
  book.told(TAKER, [told("1"), told("2")], 0);
  paused = [{ pause: "alice-1", session: "alice", request: "1" }];
  expect(lines()).toEqual(["1 paused  alice-1", "2 waiting"]);
  expect(book.get("1")?.status).toMatchObject({
    container: "demo-shop-1",
    pause: "alice-1",
  });
  paused = [];
  book.told(TAKER, [told("1", ended)], 0);
  expect(lines()).toEqual(["1 ended 200", "2 waiting"]);
  expect(changes).toBe(2);
});

test("of those that have ended the last 1000 are kept, whatever is in hand, and however many others come", () => {
  book.told(TAKER, [told("0")], 0);
  for (let n = 1; n <= 1_200; n++)
    book.told(TAKER, [told(String(n), ended)], 0);
  for (let n = 2_000; n < 3_000; n++) {
    const other = { ...told(String(n), ended), session: undefined };
    book.told(TAKER, [other], 1);
  }
  const names = book.list().map(({ metadata }) => metadata.name);
  expect(names).toHaveLength(1 + 1_000 + 500);
  expect(names.slice(0, 2)).toEqual(["0", "201"]);
  expect(names.at(-1)).toBe("2999");
  expect(book.get("200")).toBeUndefined();
  expect(book.dropped()).toBe(1_000);
});

test("a replica that claims another session's request has it not shown as its own pause's", () => {
  book.told(TAKER, [told("1"), told("2", { session: "bob" })], 0);
  paused = [{ pause: "bob-1", session: "bob", request: "1" }];
  expect(lines()).toEqual(["1 waiting", "2 waiting"]);
  expect(book.get("1")?.status.pause).toBeUndefined();
  paused = [{ pause: "bob-1", session: "bob", request: "2" }];
  expect(lines()).toEqual(["1 waiting", "2 paused  bob-1"]);
});

test("what an interceptor had in hand that is gone is over", () => {
  book.told(TAKER, [told("1")], 0);
  book.told("another-sidestep-port-80", [told("2")], 0);
  book.hungUp(TAKER);
  expect(lines()).toEqual(["1 gone", "2 waiting"]);
});

test("interceptors tell of unmatched ones for a while after each time that somebody asks", () => {
  book.ask();
  expect(asked).toEqual([30]);
});
