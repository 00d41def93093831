import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { MAX_LINE } from "../schema/constants.js";
import { Recorder, type Record } from "./recorder.js";
import { Requests, type Rerouted } from "./requests.js";
import { aRoute } from "./testing/route.js";

let told: Rerouted[][];
let requests: Requests;
beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  requests = new Requests((list) => told.push(list) > 0);
  recorder = new Recorder(requests, () => new Set());
});
afterEach(() => {
  requests.stop();
  vi.useRealTimers();
});

let recorder: Recorder;
/** A request that a session has matched. */
function enter(
  session: string,
  request: { method: string; target: string },
  client: string,
): Record {
  const record = recorder.record();
  const route = aRoute(session);
  record.begin(request, { lane: "replica", route, reason: "" }, client);
  return record;
}

const get = (target: string) => ({ method: "GET", target });
const last = () => told.at(-1)?.map(({ path, gone }) => [path, gone]);

test("the first change is told at once, the next ones together", () => {
  const one = enter("shop", get("/1"), "::ffff:10.0.0.1");
  expect(told[0]).toMatchObject([
    { id: one.id, session: "shop", path: "/1", client: "10.0.0.1" },
  ]);
  const two = enter("shop", get("/2"), "10.0.0.2");
  const three = enter("shop", get("/3"), "10.0.0.3");
  expect(new Set([one.id, two.id, three.id]).size).toBe(3);
  expect(told).toHaveLength(1);
  vi.advanceTimersByTime(200);
  expect(told).toHaveLength(2);
  expect(last()).toHaveLength(3);
  two.end();
  vi.advanceTimersByTime(200);
  expect(last()).toEqual([
    ["/1", false],
    ["/3", false],
  ]);
  vi.advanceTimersByTime(10_000);
  expect(told).toHaveLength(3);
});

test("one whose client has gone stays, marked; of very many only the latest", () => {
  enter("shop", get("/gone"), "10.0.0.1").end(true);
  vi.advanceTimersByTime(200);
  expect(last()).toEqual([["/gone", true]]);
  for (let n = 0; n < 60; n++) {
    const one = enter("shop", get(`/${n}`), "10.0.0.1");
    one.end(true);
    one.end();
  }
  vi.advanceTimersByTime(200);
  expect(last()).toHaveLength(50);
  expect(last()?.at(-1)).toEqual(["/59", true]);
});

test("however many and long they are, one message holds them", () => {
  for (let n = 0; n < 1000; n++) {
    enter("shop", get(`/${"ü".repeat(4000)}`), "10.0.0.1");
  }
  vi.advanceTimersByTime(200);
  const line = JSON.stringify({ type: "requests", requests: told.at(-1) });
  expect(Buffer.byteLength(line)).toBeLessThan(MAX_LINE);
  expect(told.at(-1)?.length).toBeGreaterThan(30);
});

test("a sidecar that comes later is told what there is", () => {
  requests.tellAgain();
  expect(told).toHaveLength(0);
  enter("shop", get("/1"), "10.0.0.1");
  vi.advanceTimersByTime(1000);
  requests.tellAgain();
  expect(told).toHaveLength(2);
  expect(last()).toEqual([["/1", false]]);
});
