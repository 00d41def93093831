import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchEvents } from "./events.js";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

/** An Engine whose event streams the test holds; `refuse` makes it go away. */
function engine() {
  const streams: PassThrough[] = [];
  const since: number[] = [];
  const state = { refuse: false };
  const open = async (from: number) => {
    if (state.refuse) throw new Error("connect ECONNREFUSED");
    since.push(from);
    const stream = new PassThrough();
    streams.push(stream);
    return stream;
  };
  return { open, streams, since, state };
}

test("looks once connected, and at each event", async () => {
  const { open, streams } = engine();
  const look = vi.fn();
  const stop = watchEvents(open, look);
  await vi.waitFor(() => expect(look).toHaveBeenCalledTimes(1));
  streams[0]!.write('{"Type":"container"');
  await vi.waitFor(() => expect(look).toHaveBeenCalledTimes(2));
  streams[0]!.write(',"Action":"die"}\n');
  await vi.waitFor(() => expect(look).toHaveBeenCalledTimes(3));
  stop();
});

test("asks for what happened since it dialled", async () => {
  vi.setSystemTime(1_700_000_000_900);
  const { open, since } = engine();
  const stop = watchEvents(open, () => undefined);
  await vi.waitFor(() => expect(since).toEqual([1_700_000_000]));
  stop();
});

test.each([
  ["ends", (stream: PassThrough) => stream.end()],
  ["fails", (stream: PassThrough) => stream.destroy(new Error("aborted"))],
])("reconnects once when the stream %s, and looks again", async (_, cut) => {
  const { open, streams } = engine();
  const look = vi.fn();
  const stop = watchEvents(open, look);
  await vi.waitFor(() => expect(look).toHaveBeenCalledTimes(1));
  cut(streams[0]!);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(streams).toHaveLength(2);
  expect(look).toHaveBeenCalledTimes(2);
  stop();
});

test("goes on trying while the Engine is away", async () => {
  const { open, streams, state } = engine();
  state.refuse = true;
  const look = vi.fn();
  const stop = watchEvents(open, look);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(look).not.toHaveBeenCalled();
  state.refuse = false;
  await vi.advanceTimersByTimeAsync(1_000);
  expect(streams).toHaveLength(1);
  expect(look).toHaveBeenCalledTimes(1);
  stop();
});

test("stopped, it closes its stream and stays quiet", async () => {
  const { open, streams } = engine();
  const look = vi.fn();
  const stop = watchEvents(open, look);
  await vi.waitFor(() => expect(look).toHaveBeenCalledTimes(1));
  stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(streams[0]!.destroyed).toBe(true);
  expect(streams).toHaveLength(1);
  expect(look).toHaveBeenCalledTimes(1);
  expect(vi.getTimerCount()).toBe(0);
});

test("stopped while it dials or waits, it does not connect", async () => {
  const { open, streams, state } = engine();
  const look = vi.fn();
  watchEvents(open, look)();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(streams.map((stream) => stream.destroyed)).toEqual([true]);
  state.refuse = true;
  const stop = watchEvents(open, look);
  await vi.waitFor(() => expect(vi.getTimerCount()).toBe(1));
  stop();
  state.refuse = false;
  await vi.advanceTimersByTimeAsync(60_000);
  expect(streams).toHaveLength(1);
  expect(look).not.toHaveBeenCalled();
});
