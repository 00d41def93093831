import type { Brokers } from "../brokers.js";
import type { Pty } from "../pty.js";

/** A PTY that nobody is at. */
const pty: Pty = {
  pid: 1,
  write: () => undefined,
  resize: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
  kill: () => undefined,
  onData: () => undefined,
  onExit: () => undefined,
};

/** Brokers that start no process: all of them give out the same PTY. */
export const quietBrokers: Brokers = {
  prepare: () => undefined,
  take: () => ({ pty, socket: "/run/pty.sock", listening: Promise.resolve() }),
  forget: () => undefined,
  close: () => undefined,
};
