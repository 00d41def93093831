import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MAX_LINE } from "../schema/constants.js";
import type { ToldRequest } from "../schema/wire.js";
import { Recorder } from "./recorder.js";
import { RequestFeed } from "./request-feed.js";
import { aRoute } from "./testing/route.js";

let messages: { requests: ToldRequest[]; dropped: number }[];
let listening: boolean;
let feed: RequestFeed;
let recorder: Recorder;
beforeEach(() => {
  vi.useFakeTimers();
  messages = [];
  listening = true;
  feed = new RequestFeed(
    (requests, dropped) =>
      listening && messages.push({ requests, dropped }) > 0,
    () => recorder.inHand,
  );
  recorder = new Recorder(feed, () => new Set());
});
afterEach(() => {
  feed.stop();
  vi.useRealTimers();
});

const matched = {
  lane: "replica",
  route: aRoute(),
  reason: "it matches",
} as const;
const unmatched = { lane: "original", reason: "no session matches" } as const;

function begin(
  target: string,
  choice: typeof matched | typeof unmatched = matched,
) {
  const record = recorder.record();
  record.begin({ method: "GET", target }, choice, "::ffff:10.0.0.1");
  return record;
}
const taken = () => messages.splice(0).flatMap(({ requests }) => requests);
const line = ({ path, state, status }: ToldRequest) =>
  [path, state, status].join(" ").trim();

test("the beginning is told at once, the end later; of a short request both together", () => {
  const long = begin("/long");
  expect(taken()).toMatchObject([
    {
      session: "shop",
      client: "10.0.0.1",
      route: "replica",
      reason: "it matches",
      state: "waiting",
    },
  ]);
  const short = begin("/short");
  short.answered(200);
  short.sent(7);
  short.end();
  expect(messages).toEqual([]);
  vi.advanceTimersByTime(200);
  const [told, ...more] = taken();
  expect(more).toEqual([]);
  expect(told).toMatchObject({ path: "/short", status: 200, sent: 7 });
  expect(told?.durationMs).toBeGreaterThanOrEqual(told?.answeredMs ?? NaN);
  long.end(true);
  vi.advanceTimersByTime(200);
  expect(taken().map(line)).toEqual(["/long gone"]);
});

test("of requests that no session matched nothing is told, but while somebody watches: their ends", () => {
  begin("/1", unmatched).end();
  recorder.listing = true;
  const watched = begin("/2", unmatched);
  vi.advanceTimersByTime(1000);
  expect(taken()).toEqual([]);
  watched.answered(404);
  watched.end();
  vi.advanceTimersByTime(200);
  expect(taken().map(line)).toEqual(["/2 ended 404"]);
});

test("a flood is told in part, in messages of a bounded size and number; what is in hand is told in time, and each end", () => {
  const open = begin("/open");
  const all = Array.from({ length: 5_000 }, (_, n) =>
    begin(`/${n}${"ü".repeat(3000)}`),
  );
  open.end();
  const late = begin("/late");
  for (const each of all) each.end();
  vi.advanceTimersByTime(1_000);
  expect(messages.length).toBeLessThanOrEqual(1 + 6 * 2);
  for (const message of messages)
    expect(
      Buffer.byteLength(JSON.stringify({ type: "seen", ...message })),
    ).toBeLessThan(MAX_LINE);
  vi.advanceTimersByTime(10_000);
  const dropped = messages.reduce((sum, each) => sum + each.dropped, 0);
  expect(dropped).toBeGreaterThan(4_000);
  const lines = taken().map(line);
  expect(lines).toContain("/open ended");
  expect(lines).toContain("/late waiting");
  late.end();
  vi.advanceTimersByTime(200);
  expect(taken().map(line)).toEqual(["/late ended"]);
});

test("a sidecar that comes later is told what is in hand", () => {
  listening = false;
  begin("/1").end();
  const open = begin("/2");
  vi.advanceTimersByTime(1_000);
  listening = true;
  feed.tellAgain();
  vi.advanceTimersByTime(1_000);
  expect(taken().map(line)).toEqual(["/2 waiting"]);
  open.end();
  vi.advanceTimersByTime(200);
  expect(taken().map(line)).toEqual(["/2 ended"]);
});
