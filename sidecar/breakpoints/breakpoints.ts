import { SESSION } from "../../docker/engine/labels.js";
import * as errors from "../errors.js";
import type { Tell } from "../events/book.js";
import { createListeners } from "../listeners.js";
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
  /** With `dryRun`: what would be; nothing is done. */
  create(
    session: string,
    spec: BreakpointSpec,
    options?: { name?: string | undefined; dryRun?: boolean },
  ): Promise<Breakpoint>;
  /** Changes one in place: its name stays, its hits begin anew. */
  update(
    name: string,
    spec: BreakpointSpec,
    options?: { dryRun?: boolean },
  ): Promise<Breakpoint>;
  /** The spec of a session lists others now; those that were made beside it stay. */
  respec(
    session: string,
    before: BreakpointSpec[],
    after: BreakpointSpec[],
  ): void;
  delete(name: string): Breakpoint | undefined;
  end(session: string): void;
  /** All of a session's, as its kits are told; undefined before it has begun. */
  forKits(session: string): KitBreakpoint[] | undefined;
  reported(session: string, pid: number, report: Report): void;
  /** A process of the replica is not heard any more. */
  gone(session: string, pid: number): void;
  /** Calls back at each change, until what it returns is called. */
  onChange: (listener: () => void) => () => void;
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
  tell: Tell = () => {},
): Breakpoints {
  const books = new Map<string, Book>();
  const { onChange, notify } = createListeners();

  const change = (session: string, book: Book, list: SessionList) => {
    store.write(session, list);
    book.list = list;
    kits.tell(session);
    notify();
  };

  const all = (session?: string): Breakpoint[] =>
    [...books]
      .filter(([name]) => session === undefined || name === session)
      .flatMap(([name, { list, reports }]) =>
        list.entries.map((entry) =>
          resource(name, entry, reports.status(entry.name)),
        ),
      );

  const find = (name: string) => {
    for (const [session, book] of books) {
      const entry = book.list.entries.find((each) => each.name === name);
      if (entry) return { session, book, entry };
    }
    return undefined;
  };

  /** A list with one more, under a name that was given, or the next that is free. */
  const appended = (
    session: string,
    list: SessionList,
    spec: BreakpointSpec,
    given?: string,
  ): [SessionList, Entry] => {
    let { next } = list;
    while (given === undefined && find(breakpointName(session, next))) next++;
    const name = given ?? breakpointName(session, next++);
    const entry = { name, created: new Date().toISOString(), spec };
    return [{ ...list, next, entries: [...list.entries, entry] }, entry];
  };

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
      notify();
    },
    create: async (session, spec, { name: given, dryRun = false } = {}) => {
      await check(spec, kits.ask(session));
      const book = books.get(session);
      if (!book) throw errors.notFound("sessions", session);
      const { list } = book;
      if (given !== undefined && find(given)) throw errors.nameTaken(given);
      const same = list.entries.find((each) => sameBreakpoint(each.spec, spec));
      if (same) throw errors.breakpointExists(spec.at, same.name);
      const [fresh, entry] = appended(session, list, spec, given);
      bounded(session, fresh);
      if (!dryRun) change(session, book, fresh);
      return resource(session, entry, book.reports.status(entry.name));
    },
    update: async (name, spec, { dryRun = false } = {}) => {
      const asked = find(name);
      if (!asked) throw errors.notFound("breakpoints", name);
      await check(spec, kits.ask(asked.session));
      // It may have been deleted during the check.
      const found = find(name);
      if (!found) throw errors.notFound("breakpoints", name);
      const { session, book, entry } = found;
      const entries = book.list.entries.map((each) =>
        each === entry ? { ...entry, spec } : each,
      );
      const same = book.list.entries.find(
        (each) => each !== entry && sameBreakpoint(each.spec, spec),
      );
      if (same) throw errors.breakpointExists(spec.at, same.name);
      const fresh = { ...book.list, entries };
      bounded(session, fresh);
      if (!dryRun) {
        // What was said of the former one is not said of this one.
        change(session, book, { ...fresh, entries: without(book.list, entry) });
        book.reports.forget(name);
        change(session, book, fresh);
      }
      const changed = { ...entry, spec };
      return resource(session, changed, book.reports.status(name));
    },
    respec: (session, before, after) => {
      const book = books.get(session);
      if (!book) return;
      const among = (specs: BreakpointSpec[], spec: BreakpointSpec) =>
        specs.some((each) => sameBreakpoint(each, spec));
      const dropped = book.list.entries.filter(
        ({ spec }) => among(before, spec) && !among(after, spec),
      );
      let list: SessionList = {
        ...book.list,
        entries: book.list.entries.filter((each) => !dropped.includes(each)),
      };
      const kept = list.entries.map(({ spec }) => spec);
      for (const spec of after) {
        if (!among(kept, spec)) [list] = appended(session, list, spec);
      }
      change(session, book, list);
      for (const { name } of dropped) book.reports.forget(name);
    },
    delete: (name) => {
      const found = find(name);
      if (!found) return undefined;
      const { session, book, entry } = found;
      const last = resource(session, entry, book.reports.status(name));
      const entries = without(book.list, entry);
      change(session, book, { ...book.list, entries });
      book.reports.forget(name);
      return last;
    },
    end: (session) => {
      books.delete(session);
      store.remove(session);
      notify();
    },
    forKits: (session) => books.get(session)?.list.entries.map(forKit),
    reported: (session, pid, report) => {
      const book = books.get(session);
      // One that was deleted may be told of once more.
      if (book?.list.entries.some(({ name }) => name === report.id)) {
        const before = book.reports.status(report.id).state;
        book.reports.take(pid, report);
        const { state, message, locations } = book.reports.status(report.id);
        const trouble = state === "Error" || state === "Ambiguous";
        if (state !== before && state !== "Pending") {
          tell({
            type: trouble ? "Warning" : "Normal",
            reason: state,
            object: `breakpoint/${report.id}`,
            session,
            message: message ?? locations.map(place).join(", "),
          });
        }
        notify();
      }
    },
    gone: (session, pid) => {
      books.get(session)?.reports.gone(pid);
      notify();
    },
    onChange,
  };
}

const without = ({ entries }: SessionList, entry: Entry): Entry[] =>
  entries.filter((each) => each !== entry);

const place = ({ file, line }: { file: string; line: number }) =>
  `${file}:${line}`;

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
    metadata: {
      name: entry.name,
      creationTimestamp: entry.created,
      labels: { [SESSION]: session },
    },
    spec: { session, ...entry.spec },
    status,
  };
}
