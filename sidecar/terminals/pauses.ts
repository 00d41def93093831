import type { PauseEvents, PauseMessage } from "../links/kits.js";
import type { Rerouted } from "../links/interceptors.js";
import type { Pause, ToKit } from "../schema/index.js";
import type { Brokers } from "./brokers.js";
import type { Histories } from "./history.js";
import { pauseResource } from "./pause-resource.js";
import { createReroutedBook } from "./rerouted.js";
import { createTerminal, type Terminal } from "./terminal.js";

/** At most this many terminals for one session: a replica may turn hostile. */
const MAX_PAUSES = 100;

/**
 * How long a pause whose process hung up waits for what became of that: it may
 * dial again, or somebody may know how it ended.
 */
const LAST_WORD_MS = 3_000;

const WENT_ON = "the thread went on";
const CLIENT_GONE = "(the client has gone; `c` ends the request)";

/** A pause in the book: what it is, and its terminal. */
export interface PauseEntry {
  name: string;
  session: string;
  since: Date;
  message: PauseMessage;
  terminal: Terminal;
  clientGone: boolean;
}

interface Entry extends PauseEntry {
  answer: (m: ToKit) => void;
  /** Runs while its process has hung up. */
  lastWord: NodeJS.Timeout | undefined;
}

/** The book of all pauses that there are now. */
export interface Pauses extends PauseEvents {
  list(session?: string): PauseEntry[];
  get(name: string): PauseEntry | undefined;
  /** As the API shows it. */
  resource: (entry: PauseEntry) => Pause;
  /** Lets the thread go on, as `c` would. */
  release(name: string): void;
  /** An interceptor tells of requests. */
  requests: (requests: Rerouted[]) => void;
  /**
   * Why a session's processes are gone, for the pauses that went with them;
   * whether some did, now or just before.
   */
  explain(session: string, why: string): boolean;
  /** The session is over. */
  forget(session: string): void;
  /** Calls back at each change, until what it returns is called. */
  onChange(listener: () => void): () => void;
  close(): void;
}

/** Keeps the book. */
export function createPauses(
  brokers: Brokers,
  histories: Histories,
  look: () => void,
): Pauses {
  const entries = new Map<string, Entry>();
  const counters = new Map<string, number>();
  const listeners = new Set<() => void>();
  const rerouted = createReroutedBook();
  /** When a process last ended while it was paused, by session. */
  const ends = new Map<string, number>();

  const change = () => {
    for (const listener of listeners) listener();
    look();
  };

  const close = (key: string, message: string) => {
    const entry = entries.get(key);
    if (!entry) return;
    clearTimeout(entry.lastWord);
    entries.delete(key);
    entry.terminal.close(message);
    change();
  };

  const markGone = (entry: Entry) => {
    if (entry.clientGone || !rerouted.get(idOf(entry))?.gone) return;
    entry.clientGone = true;
    entry.terminal.note(CLIENT_GONE);
    change();
  };

  return {
    serving: (session) => brokers.prepare(session),
    paused: (session, message, answer) => {
      const key = `${session}/${message.id}`;
      const before = entries.get(key);
      if (!before && count(entries, session) >= MAX_PAUSES) {
        return answer({ type: "continue", pause: message.id });
      }
      const { pty, socket, listening } = brokers.take(session);
      const history = histories.of(session);
      void listening.then(() =>
        answer({ type: "terminal", pause: message.id, socket, history }),
      );
      if (before) {
        // A redial: the thread is where it was, and so are its viewers.
        clearTimeout(before.lastWord);
        before.lastWord = undefined;
        before.answer = answer;
        before.message = message;
        before.terminal.rewire(pty);
        return change();
      }
      const number = (counters.get(session) ?? 0) + 1;
      counters.set(session, number);
      const entry: Entry = {
        name: `${session}-${number}`,
        session,
        since: new Date(),
        message,
        answer,
        terminal: createTerminal(pty),
        clientGone: false,
        lastWord: undefined,
      };
      entries.set(key, entry);
      change();
      markGone(entry);
    },
    resumed: (session, id) => {
      const entry = entries.get(`${session}/${id}`);
      if (!entry) return;
      clearTimeout(entry.lastWord);
      entries.delete(`${session}/${id}`);
      entry.terminal.finish(WENT_ON);
      change();
    },
    hungUp: (session, id) => {
      const key = `${session}/${id}`;
      const entry = entries.get(key);
      if (!entry) return;
      const end = () => close(key, ended(entry, "has ended"));
      entry.lastWord = setTimeout(end, LAST_WORD_MS);
      change();
    },
    exited: (session, pid, how) => {
      // Its parent may tell before its own connection is seen to end.
      for (const [key, entry] of entries) {
        if (entry.session !== session || entry.message.pid !== pid) continue;
        ends.set(session, Date.now());
        close(key, ended(entry, how));
      }
    },
    typed: (session, line) => histories.add(session, line),
    list: (session) =>
      [...entries.values()].filter(
        (e) => !e.lastWord && (!session || e.session === session),
      ),
    get: (name) => [...entries.values()].find((entry) => entry.name === name),
    resource: (entry) => pauseResource(entry, rerouted.get(idOf(entry))),
    release: (name) => {
      const found = [...entries].find(([, entry]) => entry.name === name);
      if (!found) return;
      const [key, entry] = found;
      entry.answer({ type: "continue", pause: entry.message.id });
      close(key, WENT_ON);
    },
    requests: (requests) => {
      rerouted.learn(requests);
      for (const entry of entries.values()) markGone(entry);
    },
    explain: (session, why) => {
      const gone = [...entries].filter(
        ([, entry]) => entry.session === session && entry.lastWord,
      );
      for (const [key] of gone) close(key, why);
      const before = Date.now() - (ends.get(session) ?? 0) < LAST_WORD_MS;
      ends.delete(session);
      return gone.length > 0 || before;
    },
    forget: (session) => {
      brokers.forget(session);
      histories.forget(session);
      ends.delete(session);
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => {
      for (const key of [...entries.keys()]) close(key, "the sidecar ended");
      brokers.close();
    },
  };
}

const idOf = (entry: PauseEntry) => entry.message.request?.id;

/** The last line that a viewer reads of a process that is gone. */
function ended({ message, session }: PauseEntry, how: string): string {
  return `process ${message.pid} ${how}: sidestep describe session ${session}`;
}

function count(entries: Map<string, Entry>, session: string): number {
  return [...entries.values()].filter((e) => e.session === session).length;
}
