import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { PauseMessage } from "../links/kits.js";
import type { ToKit } from "../schema/index.js";
import { createHistories } from "./history.js";
import { createPauses, type Pauses } from "./pauses.js";
import type { Viewer } from "./terminal.js";
import { quietBrokers } from "./testing/quiet-brokers.js";

let pauses: Pauses;
let told: ToKit[];
let changes: number;
beforeEach(() => {
  vi.useFakeTimers();
  told = [];
  changes = 0;
  pauses = createPauses(quietBrokers, createHistories(), () => changes++);
});
afterEach(() => {
  pauses.close();
  vi.useRealTimers();
});

const message = (
  id: string,
  request?: PauseMessage["request"],
): PauseMessage => ({
  type: "pause",
  id,
  pid: 7,
  thread: "MainThread",
  reason: "breakpoint",
  file: "/app/views.py",
  line: 42,
  function: "order",
  request,
});

const pause = (id = "0123abcd", request?: PauseMessage["request"]) => {
  pauses.paused("shop", message(id, request), (answer) => told.push(answer));
  return pauses.list("shop").at(-1)!;
};

const rerouted = {
  id: "3f-1",
  session: "shop",
  method: "GET",
  path: "/orders/7",
  client: "10.0.0.1",
  since: Date.parse("2026-05-04T12:00:00Z"),
  gone: false,
};

/** Everything that a viewer of this pause is shown and told. */
function view(entry = pauses.list()[0]!) {
  const seen: string[] = [];
  const viewer: Viewer = {
    cols: 80,
    rows: 24,
    send: (data) => void (data.length && seen.push(data.toString())),
    unsent: () => 0,
    size: () => undefined,
    end: (text) => void seen.push(`end: ${text}`),
  };
  entry.terminal.attach(viewer);
  return seen;
}

test("a kit is given a terminal, with what was typed in the session so far", async () => {
  pauses.typed("shop", "p 1");
  pauses.typed("other", "p 2");
  pause();
  await vi.advanceTimersByTimeAsync(0);
  expect(told).toEqual([
    {
      type: "terminal",
      name: "shop-1",
      pause: "0123abcd",
      socket: "/run/pty.sock",
      history: ["p 1"],
    },
  ]);
});

test("its request is what the kit and the interceptor know of it", () => {
  const request = { method: "GET", path: "/orders/7", id: "3f-1", since: 5e12 };
  const entry = pause("0123abcd", request);
  pauses.requests([rerouted]);
  expect(pauses.resource(entry).status.request).toEqual({
    method: "GET",
    path: "/orders/7",
    client: "10.0.0.1",
    since: "2026-05-04T12:00:00.000Z",
  });
});

test.each(["before", "after"])(
  "a client that went %s the pause is marked, and viewers are told once",
  async (when) => {
    const request = { method: "GET", path: "/", id: "3f-1" };
    const gone = { ...rerouted, gone: true };
    if (when === "before") pauses.requests([gone]);
    const entry = pause("0123abcd", request);
    const seen = view(entry);
    pauses.requests([gone]);
    pauses.requests([gone]);
    await vi.advanceTimersByTimeAsync(10);
    expect(pauses.resource(entry).status.request?.clientGone).toBe(true);
    expect(seen.join("").split("the client has gone; `c` ends")).toHaveLength(
      2,
    );
  },
);

test("clients whose interceptor is gone are gone too, also those of a pause that is told later", () => {
  const asked = { method: "GET", path: "/" };
  const mine = pause("0123abcd", { ...asked, id: "3f-1" });
  const others = pause("0123abce", { ...asked, id: "3f1-1" });
  pauses.requests([rerouted]);
  pauses.clientsLost("3f");
  const later = pause("0123abcf", { ...asked, id: "3f-2" });
  const gone = [mine, others, later].map(
    (entry) => pauses.resource(entry).status.request?.clientGone,
  );
  expect(gone).toEqual([true, undefined, true]);
});

test("a replica that claims another session's request learns nothing of it, nor of its client", () => {
  const request = { method: "GET", path: "/mine", id: "3f-1" };
  const entry = pause("0123abcd", request);
  pauses.requests([{ ...rerouted, session: "other", gone: true }]);
  expect(pauses.resource(entry).status.request).toEqual({
    method: "GET",
    path: "/mine",
  });
});

test("a hostile replica has a hundred pauses, and others theirs; none of them is another's to end", () => {
  pauses.paused("other", message("0000000a"), () => undefined);
  for (let id = 0; id < 150; id++) {
    const hex = id.toString(16).padStart(8, "0");
    pauses.paused("shop", message(hex), (answer) => told.push(answer));
  }
  const refused = told.filter(({ type }) => type === "continue");
  expect([pauses.list("shop").length, refused.length]).toEqual([100, 50]);
  // By the other's own id, and as its process.
  pauses.resumed("shop", "0000000a");
  pauses.hungUp("shop", "0000000a");
  pauses.exited("shop", 7, "was killed by SIGKILL");
  vi.advanceTimersByTime(10_000);
  expect(pauses.list().map(({ name }) => name)).toEqual(["other-1"]);
  pauses.paused("other", message("0000000b"), () => undefined);
  expect(pauses.list("other")).toHaveLength(2);
});

test("whatever a hostile replica says of its requests, it fits into the interceptors' table", () => {
  for (let n = 0; n < 1_000; n++) {
    pauses.requests([{ ...rerouted, id: `9b4edde7-${n}` }]);
  }
  vi.setSystemTime(rerouted.since + 1_000);
  for (let id = 0; id < 100; id++) {
    const hex = id.toString(16).padStart(8, "0");
    const claimed = id % 2 ? undefined : "\u0001".repeat(64);
    pause(hex, { method: "GET", path: "/", id: claimed });
  }
  const ids = pauses.requestsAtPrompt("shop");
  expect(ids).toHaveLength(100);
  expect(Buffer.byteLength(JSON.stringify(ids))).toBeLessThan(8 * 1024);
});

test("a process that hung up is no pause any more; its parent says why", async () => {
  const seen = view(pause());
  pauses.hungUp("shop", "0123abcd");
  expect(pauses.list("shop")).toEqual([]);
  expect(seen).toEqual([]);
  pauses.exited("shop", 8, "was killed by SIGTERM");
  pauses.exited("shop", 7, "was killed by SIGSEGV");
  await vi.advanceTimersByTimeAsync(0);
  expect(seen).toEqual([
    "end: process 7 was killed by SIGSEGV: sidestep describe session shop",
  ]);
  // The server may end with its worker: the same cause.
  expect(pauses.explain("shop", "the replica ended")).toBe(true);
  expect(pauses.explain("shop", "the replica ended")).toBe(false);
});

test("the end of the replica explains it too; nobody's word ends it all the same", async () => {
  const seen = view(pause("0123abcd"));
  pauses.hungUp("shop", "0123abcd");
  expect(pauses.explain("shop", "the replica ended")).toBe(true);
  const other = view(pause("0123abce"));
  pauses.hungUp("shop", "0123abce");
  await vi.advanceTimersByTimeAsync(5_000);
  expect([seen, other]).toEqual([
    ["end: the replica ended"],
    ["end: process 7 has ended: sidestep describe session shop"],
  ]);
});

test("a kit that dials again goes on with its viewers", () => {
  const seen = view(pause());
  pauses.hungUp("shop", "0123abcd");
  pause();
  vi.advanceTimersByTime(60_000);
  expect(seen).toEqual([]);
  expect(pauses.list("shop").map(({ name }) => name)).toEqual(["shop-1"]);
});

test("listeners hear of each change until they leave", () => {
  let heard = 0;
  const leave = pauses.onChange(() => heard++);
  pause();
  expect(heard).toBe(1);
  leave();
  pauses.resumed("shop", "0123abcd");
  expect(heard).toBe(1);
  expect(changes).toBe(2);
});

test("a pause keeps the name that a sidecar before this one gave it, and only one of the session's", () => {
  const again = (id: string, name?: string) => {
    const answer = (each: ToKit) => told.push(each);
    pauses.paused("shop", { ...message(id), name }, answer);
    return pauses.list("shop").at(-1)?.name;
  };
  expect(again("00000001", "shop-7")).toBe("shop-7");
  expect(again("00000002")).toBe("shop-8");
  expect(again("00000003", "shop-3")).toBe("shop-3");
  // Somebody has it, or it is none of these.
  expect(again("00000004", "shop-7")).toBe("shop-9");
  expect(again("00000005", "other-1")).toBe("shop-10");
  expect(again("00000006", "shop-1e3")).toBe("shop-11");
});
