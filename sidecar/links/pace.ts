import type net from "node:net";

/** So much is heard of one session's replica at once, and a second from then on, in bytes. */
const BURST = 8_000_000;
const PER_SECOND = 1_000_000;

/** What a message costs at least, in bytes: each is looked at, and may be logged. */
const MESSAGE = 500;

/** What a pause costs, in bytes: a process is started for its terminal. 20 a second. */
export const PAUSE = 50_000;

/** How fast one session's replica is heard: it may turn hostile, and the sidecar is everybody's. */
export interface Pace {
  /** Takes what a message costs; or says in how many ms there will be enough for it. */
  wait(bytes: number): number;
}

/** @param now the time in ms */
export function createPace(now: () => number = () => Date.now()): Pace {
  let left = BURST;
  let at = now();
  return {
    wait: (bytes) => {
      const cost = Math.max(bytes, MESSAGE);
      const time = now();
      left = Math.min(BURST, left + ((time - at) / 1000) * PER_SECOND);
      at = time;
      if (left < cost) return Math.ceil(((cost - left) / PER_SECOND) * 1000);
      left -= cost;
      return 0;
    },
  };
}

/** Takes messages in their order, each when it is due; until then the socket is not read. */
export function inTurn<T>(
  socket: net.Socket,
  wait: (message: T) => number,
  take: (message: T) => void,
): (message: T) => void {
  const queue: T[] = [];
  let timer: NodeJS.Timeout | undefined;
  const go = () => {
    for (;;) {
      const [next] = queue;
      if (next === undefined || socket.destroyed) break;
      const ms = wait(next);
      if (ms > 0) {
        socket.pause();
        timer = setTimeout(later, ms);
        return;
      }
      queue.shift();
      take(next);
    }
  };
  const later = () => {
    timer = undefined;
    try {
      go();
    } catch (error) {
      socket.destroy(error as Error);
    }
    if (!timer && !socket.destroyed) socket.resume();
  };
  socket.on("close", () => clearTimeout(timer));
  return (message) => {
    queue.push(message);
    if (!timer) go();
  };
}
