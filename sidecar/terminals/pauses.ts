import type { News, Tell } from "../events/book.js";
import { createListeners } from "../listeners.js";
import type { PauseEvents, PauseMessage } from "../links/kits.js";
import type { Rerouted } from "../links/interceptors.js";
import type { PausedAt } from "../requests/book.js";
import type { Pause, ToKit } from "../schema/index.js";
import type { Brokers } from "./brokers.js";
import type { Histories } from "./history.js";
import { pauseResource } from "./pause-resource.js";
import { createReroutedBook } from "./rerouted.js";
import { createTerminal, type Terminal } from "./terminal.js";

/** At most this many terminals for one session: a replica may turn hostile. */
const MAX_PAUSES = 100;

/** So many ids of requests are told to interceptors, of this form: all sessions' go in one message. */
const MAX_AT_PROMPT = 2 * MAX_PAUSES;
const REQUEST_ID = /^[0-9a-f]{1,16}-[0-9]{1,16}$/;

/** So many interceptors that are gone are remembered. */
const MOST_RUNS = 20;

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
  /** The interceptors' ids of the requests that may be at a prompt of a session. */
  requestsAtPrompt(session: string): string[];
  /** Which request each is at, by the interceptors' ids. */
  pausedAt: () => PausedAt[];
  /** As the API shows it. */
  resource: (entry: PauseEntry) => Pause;
  /** Lets the thread go on, as `c` would; `why` is told. */
  release(name: string, why?: string): void;
  /** Tells the viewers of a pause. */
  note(name: string, text: string): void;
  /** An interceptor tells of requests. */
  requests: (requests: Rerouted[]) => void;
  /**
   * An interceptor is gone, and its clients' connections with it.
   * @param run what the ids of its requests begin with
   */
  clientsLost(run: string): void;
  /**
   * Why a session's processes are gone, for the pauses that went with them;
   * whether some did, now or just before.
   */
  explain(session: string, why: string): boolean;
  /** The session is over. */
  forget(session: string): void;
  /** Calls back at each change, until what it returns is called. */
  onChange: (listener: () => void) => () => void;
  close(): void;
}

/** Keeps the book. */
export function createPauses(
  brokers: Brokers,
  histories: Histories,
  look: () => void,
  tell: Tell = () => {},
): Pauses {
  const entries = new Map<string, Entry>();
  const counters = new Map<string, number>();
  const { onChange, notify } = createListeners();
  const rerouted = createReroutedBook();
  /** Of interceptors that are gone: it may be told later that a request of theirs is paused. */
  const lostRuns: string[] = [];
  /** When a process last ended while it was paused, by session. */
  const ends = new Map<string, number>();

  const change = () => {
    notify();
    look();
  };

  const news = (
    entry: Entry,
    type: News["type"],
    reason: string,
    message: string,
  ) => {
    const { name, session } = entry;
    tell({ type, reason, object: `pause/${name}`, session, message });
  };

  const close = (key: string, message: string, lost = true) => {
    const entry = entries.get(key);
    if (!entry) return;
    if (lost) news(entry, "Warning", "PauseLost", message);
    else news(entry, "Normal", "Continued", message);
    clearTimeout(entry.lastWord);
    entries.delete(key);
    entry.terminal.close(message);
    change();
  };

  /** Its request as an interceptor knows it; a replica may claim one of another session. */
  const reroutedOf = (entry: PauseEntry) => {
    const known = rerouted.get(idOf(entry));
    return known?.session === entry.session ? known : undefined;
  };

  const markGone = (entry: Entry) => {
    const id = idOf(entry);
    const gone =
      reroutedOf(entry)?.gone ||
      lostRuns.some((run) => id?.startsWith(`${run}-`));
    if (entry.clientGone || !gone) return;
    entry.clientGone = true;
    news(entry, "Warning", "ClientGone", "the client has left: nobody waits");
    entry.terminal.note(CLIENT_GONE);
    change();
  };

  /** By a number of its own; the one that a sidecar before this one gave it, if there was one. */
  const nameOf = (session: string, told: string | null | undefined) => {
    const last = counters.get(session) ?? 0;
    const before = numberIn(session, told);
    const free = [...entries.values()].every((entry) => entry.name !== told);
    const number = before !== undefined && free ? before : last + 1;
    counters.set(session, Math.max(last, number));
    return `${session}-${number}`;
  };

  return {
    serving: (session) => brokers.prepare(session),
    paused: (session, message, answer) => {
      const key = `${session}/${message.id}`;
      const before = entries.get(key);
      if (!before && count(entries, session) >= MAX_PAUSES) {
        return answer({ type: "continue", pause: message.id });
      }
      const name = before?.name ?? nameOf(session, message.name);
      const { pty, socket, listening } = brokers.take(session);
      const history = histories.of(session);
      void listening.then(() =>
        answer({ type: "terminal", pause: message.id, name, socket, history }),
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
      const entry: Entry = {
        name,
        session,
        since: new Date(),
        message,
        answer,
        terminal: createTerminal(pty),
        clientGone: false,
        lastWord: undefined,
      };
      entries.set(key, entry);
      news(entry, "Normal", "Paused", whereOf(message));
      change();
      markGone(entry);
    },
    resumed: (session, id) => {
      const entry = entries.get(`${session}/${id}`);
      if (!entry) return;
      clearTimeout(entry.lastWord);
      entries.delete(`${session}/${id}`);
      news(entry, "Normal", "Continued", WENT_ON);
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
    requestsAtPrompt: (session) => {
      const ids = [...entries.values()]
        .filter((entry) => entry.session === session)
        .flatMap((entry) => {
          const { request } = entry.message;
          if (!request) return []; // a thread that serves none
          if (request.id) return REQUEST_ID.test(request.id) ? request.id : [];
          // Some server hides its number: any that had come may be the one.
          return rerouted.cameBefore(session, entry.since.getTime());
        });
      return [...new Set(ids)].slice(-MAX_AT_PROMPT);
    },
    pausedAt: () =>
      [...entries.values()].map((entry) => ({
        pause: entry.name,
        session: entry.session,
        request: idOf(entry) ?? undefined,
      })),
    get: (name) => [...entries.values()].find((entry) => entry.name === name),
    resource: (entry) => pauseResource(entry, reroutedOf(entry)),
    note: (name, text) => {
      const entry = [...entries.values()].find((each) => each.name === name);
      entry?.terminal.note(text);
    },
    release: (name, why = WENT_ON) => {
      const found = [...entries].find(([, entry]) => entry.name === name);
      if (!found) return;
      const [key, entry] = found;
      entry.answer({ type: "continue", pause: entry.message.id });
      close(key, why, false);
    },
    requests: (requests) => {
      rerouted.learn(requests);
      for (const entry of entries.values()) markGone(entry);
    },
    clientsLost: (run) => {
      lostRuns.push(run);
      if (lostRuns.length > MOST_RUNS) lostRuns.shift();
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
    onChange,
    close: () => {
      for (const key of [...entries.keys()]) close(key, "the sidecar ended");
      brokers.close();
    },
  };
}

/** The number of a name that a kit tells, if it is one of the session's. */
function numberIn(
  session: string,
  name: string | null | undefined,
): number | undefined {
  const number = name?.startsWith(`${session}-`)
    ? name.slice(session.length + 1)
    : "";
  return /^[1-9]\d{0,8}$/.test(number) ? Number(number) : undefined;
}

const idOf = (entry: PauseEntry) => entry.message.request?.id;

/** Where a thread is paused, and for which request. */
function whereOf({ file, line, reason, request }: PauseMessage): string {
  const of = request ? `, ${request.method} ${request.path}` : "";
  return `${reason} at ${file}:${line}${of}`;
}

/** The last line that a viewer reads of a process that is gone. */
function ended({ message, session }: PauseEntry, how: string): string {
  return `process ${message.pid} ${how}: sidestep describe session ${session}`;
}

function count(entries: Map<string, Entry>, session: string): number {
  return [...entries.values()].filter((e) => e.session === session).length;
}
