import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ReplicaPool, type Ticket } from "./replica-pool.js";

const REPLICA = { host: "10.0.0.2", port: 8000 };

class FakePeer {
  ended = false;
  spoke = false;
  destroyed = false;
  active = 0;
  wake: (() => void) | undefined;
  onReadable(wake: (() => void) | undefined) {
    this.wake = wake;
  }
  destroy() {
    this.destroyed = true;
  }
}
const aPeer = () => new FakePeer();

let pool: ReplicaPool<FakePeer>;
beforeEach(() => {
  vi.useFakeTimers();
  pool = new ReplicaPool<FakePeer>(() => Date.now());
});
afterEach(() => void vi.useRealTimers());

const answered = (ticket: Ticket<FakePeer>) => pool.done(ticket, true);

/** One connection is idle while another request is answered. */
function prove() {
  const peer = aPeer();
  pool.offer(REPLICA, peer);
  answered(pool.sent(REPLICA));
  return peer;
}

test("a connection is used again once another was answered while it was idle", () => {
  expect(pool.mayKeep(REPLICA)).toBe(true);
  const first = aPeer();
  pool.offer(REPLICA, first);
  expect(pool.take(REPLICA)).toBeUndefined();
  expect(pool.mayKeep(REPLICA)).toBe(false);
  const ticket = pool.sent(REPLICA);
  answered(ticket);
  expect(pool.mayKeep(REPLICA)).toBe(true);
  expect(pool.take(REPLICA)).toBe(first);
  expect(pool.take(REPLICA)).toBeUndefined();
});

test("an answer to what was sent before, or none, proves nothing", () => {
  const before = pool.sent(REPLICA);
  const peer = aPeer();
  pool.offer(REPLICA, peer);
  answered(before);
  pool.done(pool.sent(REPLICA), false);
  expect(pool.take(REPLICA)).toBeUndefined();
  expect(peer.destroyed).toBe(false);
});

test("who waits while one is idle has it closed, and no other kept for a minute", () => {
  const peer = aPeer();
  pool.sent(REPLICA);
  pool.offer(REPLICA, peer);
  vi.advanceTimersByTime(51);
  expect(peer.destroyed).toBe(true);
  expect(pool.mayKeep(REPLICA)).toBe(false);
  vi.advanceTimersByTime(60_000);
  expect(pool.mayKeep(REPLICA)).toBe(true);
});

test("if nobody waited, the next one is tried", () => {
  const peer = aPeer();
  pool.offer(REPLICA, peer);
  vi.advanceTimersByTime(51);
  expect(peer.destroyed).toBe(true);
  expect(pool.mayKeep(REPLICA)).toBe(true);
});

test("an idle one is closed after a second, when it ends, and when it speaks unasked", () => {
  const first = prove();
  const others = [aPeer(), aPeer()];
  for (const peer of others) pool.offer(REPLICA, peer);
  others[0]?.wake?.();
  expect(others[0]?.destroyed).toBe(true);
  vi.advanceTimersByTime(1_001);
  expect(first.destroyed && others[1]?.destroyed).toBe(true);
  expect(pool.take(REPLICA)).toBeUndefined();
  const spoken = Object.assign(aPeer(), { spoke: true });
  pool.offer(REPLICA, spoken);
  expect(spoken.destroyed).toBe(true);
});

test("what was found out is of one address, and forgotten with time", () => {
  prove();
  const other = { ...REPLICA, host: "10.0.0.3" };
  expect(pool.take(other)).toBeUndefined();
  vi.advanceTimersByTime(10_001);
  pool.offer(REPLICA, aPeer());
  expect(pool.take(REPLICA)).toBeUndefined();
});

test("not more than 64 are idle", () => {
  prove();
  const peers = Array.from({ length: 70 }, aPeer);
  for (const peer of peers) pool.offer(REPLICA, peer);
  expect(peers.filter((peer) => !peer.destroyed)).toHaveLength(63);
});
