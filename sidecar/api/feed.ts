import { randomBytes } from "node:crypto";

/** What a list of the API has in it. */
export interface Named {
  metadata: { name: string };
}

/** What can be watched: a list, and somebody who says that it may have changed. */
export interface Source<T extends Named> {
  list(): T[] | Promise<T[]>;
  /** Calls back at each change, until what it returns is called. */
  onChange: (listener: () => void) => () => void;
}

/** An object as it was last seen. */
export interface Seen<T> {
  name: string;
  object: T;
  /** The version of the list at which it became so. */
  version: number;
  /** The version of the list at which it came. */
  added: number;
  gone: boolean;
}

/** The changes of one list, numbered: the same for all who watch it. */
export interface Feed<T extends Named> {
  /** Versions of other feeds, such as those of a sidecar before this one, mean nothing. */
  epoch: string;
  /** The version of the list as it was last seen. */
  version(): number;
  /** Up to this version, what was deleted is not known any more. */
  forgotten(): number;
  /** What has become otherwise since a version, in that order: each object once, as it is now. */
  since(version: number): Seen<T>[];
  /**
   * Looks at the list, then calls back when it has changed, until what it
   * returns is called. Rejects where the list cannot be read.
   */
  follow(listener: () => void): Promise<() => void>;
  /** Looks now, for the last time. */
  look(): Promise<void>;
}

/** At most this often is a list looked at, however much changes. */
const COALESCE_MS = 50;
/** And seldom enough to spend no more than this part of the time on it. */
const SHARE = 0.1;
/** A list is looked at from time to time anyway: a notice that is lost changes nothing. */
const LOOK_MS = 1_000;
/** How many deleted objects are remembered, for those who were away meanwhile. */
const REMEMBERED = 1_000;

/**
 * Compares a list with what it was before, while anybody follows. A notice
 * says "look again", nothing more: who is slow is told of the last state, not
 * of each between.
 */
export function createFeed<T extends Named>(
  source: Source<T>,
  remembered = REMEMBERED,
): Feed<T> {
  const followers = new Set<() => void>();
  let known = new Map<string, Seen<T> & { json: string }>();
  const deleted: Seen<T>[] = [];
  let version = 0;
  let forgotten = 0;
  let looking: Promise<void> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let again = false;
  let notBefore = 0;
  let leave = () => {};

  const compare = (items: T[]): boolean => {
    const before = version;
    const names = new Set(items.map(({ metadata }) => metadata.name));
    for (const [name, { json: _, ...seen }] of known) {
      if (names.has(name)) continue;
      deleted.push({ ...seen, version: ++version, gone: true });
    }
    while (deleted.length > remembered) {
      forgotten = deleted.shift()?.version ?? forgotten;
    }
    const now: typeof known = new Map();
    for (const object of items) {
      const { name } = object.metadata;
      const json = JSON.stringify(object);
      const last = known.get(name);
      if (last?.json === json) {
        now.set(name, last);
        continue;
      }
      version++;
      const added = last?.added ?? version;
      now.set(name, { name, object, json, version, added, gone: false });
    }
    known = now;
    return version > before;
  };

  const look = async () => {
    const begun = performance.now();
    const items = await source.list();
    const changed = compare(items);
    const end = performance.now();
    notBefore = end + Math.max(COALESCE_MS, (end - begun) / SHARE);
    if (changed) for (const tell of [...followers]) tell();
  };

  /** One look at a time; who comes meanwhile gets one that begins after. */
  const lookNow = (): Promise<void> => {
    const next = (looking ?? Promise.resolve()).catch(() => {}).then(look);
    const mine = next.finally(() => {
      if (looking === mine) looking = undefined;
    });
    looking = mine;
    return mine;
  };

  const notice = () => {
    again = true;
    schedule();
  };

  const schedule = () => {
    if (followers.size === 0) return;
    clearTimeout(timer);
    const soon = Math.max(0, notBefore - performance.now());
    timer = setTimeout(
      () => {
        again = false;
        // What cannot be read now (an Engine that restarts) is read later.
        void lookNow()
          .catch(() => {})
          .then(schedule);
      },
      again ? soon : LOOK_MS,
    );
  };

  return {
    look: lookNow,
    epoch: randomBytes(4).toString("hex"),
    version: () => version,
    forgotten: () => forgotten,
    since: (from) =>
      [...deleted, ...known.values()]
        .filter((seen) => seen.version > from)
        .sort((a, b) => a.version - b.version),
    follow: async (listener) => {
      await lookNow();
      if (followers.size === 0) leave = source.onChange(notice);
      followers.add(listener);
      // Something may have changed between the look and the first notice.
      notice();
      return () => {
        followers.delete(listener);
        if (followers.size > 0) return;
        clearTimeout(timer);
        leave();
        leave = () => {};
      };
    },
  };
}
