import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { RUN_PATH } from "../schema/index.js";
import { openPty, type Pty } from "./pty.js";

const BROKER = new URL(
  // Beside this file in a checkout; the compiled file is two folders deeper.
  import.meta.url.includes("/dist/")
    ? "../../../sidecar/terminals/broker.py"
    : "./broker.py",
  import.meta.url,
).pathname;

/** How long a broker may take to listen. */
const BROKER_MS = 5_000;

/** After a spare was taken, the next one waits this long: the pause goes first. */
const NEXT_SPARE_MS = 1_000;

/** A PTY whose slave is passed to whoever shows the session's token at the socket. */
export interface Broker {
  pty: Pty;
  socket: string;
  /** Resolves when it listens, so that the kit needs only one try. */
  listening: Promise<void>;
}

/** Brokers; one for each session is kept ready, since Python takes its time to start. */
export interface Brokers {
  /** Keeps one ready for this session from now on. */
  prepare(session: string): void;
  take(session: string): Broker;
  /** Ends the spare of a session. */
  forget(session: string): void;
  close(): void;
}

interface Spare extends Broker {
  token: string;
}

/** @param tokenOf the session's secret, which its brokers expect */
export function createBrokers(
  tokenOf: (session: string) => string | undefined,
): Brokers {
  const spares = new Map<string, Spare>();
  const timers = new Map<string, NodeJS.Timeout>();
  let opened = 0;

  const open = (session: string, token: string, seconds: number): Spare => {
    // A path of its own for each: a broker that was killed leaves one.
    const socket = `${RUN_PATH}/${session}/pty-${++opened}.sock`;
    const pty = openPty("python3", ["-I", BROKER, socket, String(seconds)], {
      cols: 80,
      rows: 24,
      env: { PATH: process.env["PATH"] ?? "", SIDESTEP_TOKEN: token },
    });
    const broker = { pty, socket, token, listening: whenThere(socket) };
    pty.onExit(() => {
      void rm(socket, { force: true });
      if (spares.get(session) === broker) spares.delete(session);
    });
    return broker;
  };

  const prepare = (session: string) => {
    const token = tokenOf(session);
    if (token === undefined || spares.get(session)?.token === token) return;
    forget(session);
    spares.set(session, open(session, token, 0));
  };

  const forget = (session: string) => {
    clearTimeout(timers.get(session));
    timers.delete(session);
    const spare = spares.get(session);
    spares.delete(session);
    spare?.pty.kill();
  };

  return {
    prepare,
    forget,
    take: (session) => {
      const token = tokenOf(session) ?? "";
      const spare = spares.get(session);
      spares.delete(session);
      clearTimeout(timers.get(session));
      const timer = setTimeout(() => prepare(session), NEXT_SPARE_MS);
      timers.set(session, timer.unref());
      if (spare?.token === token) return spare;
      spare?.pty.kill();
      return open(session, token, 60);
    },
    close: () => {
      for (const session of [...spares.keys(), ...timers.keys()]) {
        forget(session);
      }
    },
  };
}

async function whenThere(socket: string): Promise<void> {
  const deadline = Date.now() + BROKER_MS;
  while (!existsSync(socket) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
