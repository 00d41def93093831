import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { RUN_PATH, type Pause, type ToKit } from "../schema/index.js";
import type { PauseEvents, PauseMessage } from "../links/kits.js";
import { openPty, type Pty } from "./pty.js";
import { createTerminal, type Terminal } from "./terminal.js";

const BROKER = new URL(
  // Beside this file in a checkout; the compiled file is two folders deeper.
  import.meta.url.includes("/dist/")
    ? "../../../sidecar/terminals/broker.py"
    : "./broker.py",
  import.meta.url,
).pathname;

/** At most this many terminals for one session: a replica may turn hostile. */
const MAX_PAUSES = 100;

/** How long a broker may take to listen. */
const BROKER_MS = 5_000;

/** A pause in the book: what it is, and its terminal. */
export interface PauseEntry {
  name: string;
  session: string;
  since: Date;
  message: PauseMessage;
  terminal: Terminal;
}

/** The book of all pauses that there are now. */
export interface Pauses extends PauseEvents {
  list(session?: string): PauseEntry[];
  get(name: string): PauseEntry | undefined;
  /** Lets the thread go on, as `c` would. */
  release(name: string): void;
  close(): void;
}

/** Keeps the book; `token` is the session's secret, which its broker expects. */
export function createPauses(
  token: (session: string) => string | undefined,
  look: () => void,
): Pauses {
  const entries = new Map<
    string,
    PauseEntry & { answer: (m: ToKit) => void }
  >();
  const counters = new Map<string, number>();
  let opened = 0;

  const close = (key: string, message: string) => {
    const entry = entries.get(key);
    if (!entry) return;
    entries.delete(key);
    entry.terminal.close(message);
    look();
  };

  return {
    paused: (session, message, answer) => {
      const key = `${session}/${message.id}`;
      const before = entries.get(key);
      if (!before && count(entries, session) >= MAX_PAUSES) {
        return answer({ type: "continue", pause: message.id });
      }
      // A path of its own for each opening: a broker that was killed leaves one.
      const socket = `${RUN_PATH}/${session}/pty-${message.id}-${++opened}.sock`;
      const pty = openBroker(socket, token(session) ?? "");
      if (before) {
        // A redial: the thread is where it was, and so are its viewers.
        before.answer = answer;
        before.terminal.rewire(pty);
      } else {
        const number = (counters.get(session) ?? 0) + 1;
        counters.set(session, number);
        entries.set(key, {
          name: `${session}-${number}`,
          session,
          since: new Date(),
          message,
          answer,
          terminal: createTerminal(pty),
        });
      }
      void whenThere(socket).then(() =>
        answer({ type: "terminal", pause: message.id, socket }),
      );
      pty.onExit(() => void rm(socket, { force: true }));
      look();
    },
    resumed: (session, id) => close(`${session}/${id}`, "the thread went on"),
    list: (session) =>
      [...entries.values()].filter((e) => !session || e.session === session),
    get: (name) => [...entries.values()].find((entry) => entry.name === name),
    release: (name) => {
      const found = [...entries].find(([, entry]) => entry.name === name);
      if (!found) return;
      const [key, entry] = found;
      entry.answer({ type: "continue", pause: entry.message.id });
      close(key, "the thread went on");
    },
    close: () => {
      for (const key of [...entries.keys()]) close(key, "the sidecar ended");
    },
  };
}

/** A pause as the API shows it. */
export function pauseResource(entry: PauseEntry): Pause {
  const { message } = entry;
  return {
    apiVersion: "sidestep.dev/v1",
    kind: "Pause",
    metadata: {
      name: entry.name,
      creationTimestamp: entry.since.toISOString(),
    },
    status: {
      session: entry.session,
      reason: message.reason,
      location: {
        file: message.file,
        line: message.line,
        function: message.function,
      },
      thread: message.thread,
      pid: message.pid,
      request: message.request
        ? {
            method: message.request.method,
            path: message.request.path,
            client: message.request.client ?? undefined,
          }
        : undefined,
      viewers: entry.terminal.viewers,
    },
  };
}

/** The PTY whose slave the paused thread will get. */
function openBroker(socket: string, token: string): Pty {
  return openPty("python3", ["-I", BROKER, socket], {
    cols: 80,
    rows: 24,
    env: { PATH: process.env["PATH"] ?? "", SIDESTEP_TOKEN: token },
  });
}

/** Waits until the broker listens, so that the kit needs only one try. */
async function whenThere(socket: string): Promise<void> {
  const deadline = Date.now() + BROKER_MS;
  while (!existsSync(socket) && Date.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function count(entries: Map<string, PauseEntry>, session: string): number {
  return [...entries.values()].filter((e) => e.session === session).length;
}
