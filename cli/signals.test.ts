import { expect, test } from "vitest";
import { createSignals } from "./signals.js";

function make() {
  const exits: number[] = [];
  const clock = { now: 0 };
  const signals = createSignals(
    (code) => exits.push(code),
    () => clock.now,
  );
  return { exits, clock, signals };
}

test("held by none, a signal ends the process as shells expect", () => {
  const { exits, signals } = make();
  signals.raise("SIGINT");
  signals.raise("SIGTERM");
  signals.raise("SIGHUP");
  expect(exits).toEqual([130, 143, 129]);
});

test("held, it tells the innermost holder and the process goes on", () => {
  const { exits, signals } = make();
  const outer = signals.hold();
  const inner = signals.hold();
  signals.raise("SIGTERM");
  expect(inner.signal.reason).toBe("SIGTERM");
  expect(outer.signal.aborted).toBe(false);
  inner.release();
  signals.raise("SIGINT");
  expect(outer.signal.reason).toBe("SIGINT");
  outer.release();
  expect(exits).toEqual([]);
});

test("a second Ctrl-C insists, unless it is the echo of the first", () => {
  const { exits, clock, signals } = make();
  const forced: string[] = [];
  signals.hold(() => forced.push("forced"));
  signals.raise("SIGINT");
  clock.now = 100;
  signals.raise("SIGINT");
  expect(exits).toEqual([]);
  clock.now = 900;
  signals.raise("SIGINT");
  expect(forced).toEqual(["forced"]);
  expect(exits).toEqual([130]);
});

test("a closing window, however often it says so, lets the command clean up", () => {
  const { exits, clock, signals } = make();
  signals.hold();
  for (const now of [0, 1_000, 2_000]) {
    clock.now = now;
    signals.raise("SIGHUP");
    signals.raise("SIGPIPE");
  }
  expect(exits).toEqual([]);
});

test("releasing twice takes no other hold away", () => {
  const { exits, signals } = make();
  const first = signals.hold();
  const second = signals.hold();
  second.release();
  second.release();
  signals.raise("SIGINT");
  expect(first.signal.aborted).toBe(true);
  expect(exits).toEqual([]);
});
