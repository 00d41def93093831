import * as errors from "../errors.js";
import {
  API_VERSION,
  MAX_LINE,
  type Breakpoint,
  type BreakpointSpec,
  type KitBreakpoint,
} from "../schema/index.js";
import type { AskKit, CheckExpressions } from "./check.js";
import {
  breakpointName,
  firstList,
  forKit,
  sameBreakpoint,
  type Entry,
  type SessionList,
} from "./entry.js";
import { createReports, type Report, type Reports } from "./reports.js";
import type { Store } from "./store.js";

/** The book of all breakpoints: which there are, and what replicas say of them. */
export interface Breakpoints {
  list(session?: string): Breakpoint[];
  get(name: string): Breakpoint | undefined;
  /** Rejects with what is wrong with those of a session that is asked for. */
  admit(session: string, specs: BreakpointSpec[]): Promise<void>;
  /** A session begins, or is taken over from a sidecar that was killed. */
  begin(session: string, created: string, specs: BreakpointSpec[]): void;
  create(session: string, spec: BreakpointSpec): Promise<Breakpoint>;
  delete(name: string): Breakpoint | undefined;
  end(session: string): void;
  /** All of a session's, as its kits are told; undefined before it has begun. */
  forKits(session: string): KitBreakpoint[] | undefined;
  reported(session: string, pid: number, report: Report): void;
  /** A process of the replica is not heard any more. */
  gone(session: string, pid: number): void;
}

/** What the book needs of the links to the kits. */
export interface ToKits {
  /** Tells all processes of a replica which breakpoints there are now. */
  tell(session: string): void;
  /** Asks the replica's Python, if one is connected. */
  ask(session: string): AskKit;
}

const MAX_BREAKPOINTS = 100;
/** All of a session's go to the kit in one line. */
const MAX_BYTES = MAX_LINE - 1024;

interface Book {
  list: SessionList;
  reports: Reports;
}

/** Keeps the book; every change is stored before anybody is told. */
export function createBreakpoints(
  store: Store,
  kits: ToKits,
  check: CheckExpressions,
): Breakpoints {
  const books = new Map<string, Book>();

  const change = (session: string, book: Book, list: SessionList) => {
    store.write(session, list);
    book.list = list;
    kits.tell(session);
  };

  const all = (session?: string): Breakpoint[] =>
    [...books]
      .filter(([name]) => session === undefined || name === session)
      .flatMap(([name, { list, reports }]) =>
        list.entries.map((entry) =>
          resource(name, entry, reports.status(entry.name)),
        ),
      );

  return {
    list: all,
    get: (name) => all().find(({ metadata }) => metadata.name === name),
    admit: async (session, specs) => {
      specs.forEach((spec, index) => {
        const same = specs.findIndex((other) => sameBreakpoint(spec, other));
        if (same < index) {
          const twice = `${spec.at} is given twice`;
          throw errors.invalidBreakpoint(twice);
        }
      });
      bounded(session, firstList(session, "", specs));
      for (const spec of specs) await check(spec);
    },
    begin: (session, created, specs) => {
      const stored = store.read(session);
      const list =
        stored?.created === created
          ? stored
          : firstList(session, created, specs);
      books.set(session, { list, reports: createReports() });
      if (list !== stored) store.write(session, list);
      // A replica that was quicker than us has dialled already.
      kits.tell(session);
    },
    create: async (session, spec) => {
      await check(spec, kits.ask(session));
      const book = books.get(session);
      if (!book) throw errors.notFound("sessions", session);
      const { list } = book;
      const same = list.entries.find((each) => sameBreakpoint(each.spec, spec));
      if (same) throw errors.breakpointExists(spec.at, same.name);
      const name = breakpointName(session, list.next);
      const entry = { name, created: new Date().toISOString(), spec };
      const entries = [...list.entries, entry];
      const fresh = { ...list, next: list.next + 1, entries };
      bounded(session, fresh);
      change(session, book, fresh);
      return resource(session, entry, book.reports.status(name));
    },
    delete: (name) => {
      for (const [session, book] of books) {
        const entry = book.list.entries.find((each) => each.name === name);
        if (!entry) continue;
        const last = resource(session, entry, book.reports.status(name));
        const entries = book.list.entries.filter((each) => each !== entry);
        change(session, book, { ...book.list, entries });
        book.reports.forget(name);
        return last;
      }
      return undefined;
    },
    end: (session) => {
      books.delete(session);
      store.remove(session);
    },
    forKits: (session) => books.get(session)?.list.entries.map(forKit),
    reported: (session, pid, report) => {
      const book = books.get(session);
      // One that was deleted may be told of once more.
      if (book?.list.entries.some(({ name }) => name === report.id)) {
        book.reports.take(pid, report);
      }
    },
    gone: (session, pid) => books.get(session)?.reports.gone(pid),
  };
}

function bounded(session: string, { entries }: SessionList): void {
  if (entries.length > MAX_BREAKPOINTS) {
    throw errors.tooManyBreakpoints(session, `${MAX_BREAKPOINTS}`);
  }
  if (Buffer.byteLength(JSON.stringify(entries.map(forKit))) > MAX_BYTES) {
    throw errors.tooManyBreakpoints(session, `${MAX_BYTES} bytes of text`);
  }
}

function resource(
  session: string,
  entry: Entry,
  status: Breakpoint["status"],
): Breakpoint {
  return {
    apiVersion: API_VERSION,
    kind: "Breakpoint",
    metadata: { name: entry.name, creationTimestamp: entry.created },
    spec: { session, ...entry.spec },
    status,
  };
}
