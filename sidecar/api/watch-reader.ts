import type { WatchEvent } from "../schema/index.js";
import type { Feed, Named, Seen } from "./feed.js";

/** How far one reader of a feed has come. */
export interface Reader {
  /** Whether more was deleted since its last message than is remembered: it must begin anew. */
  behind(): boolean;
  /** Its next message as a server-sent event, if there is one. */
  next(): string | undefined;
}

/**
 * A reader of the objects that are wanted. It is told what is otherwise than
 * it was told last, and nothing of what was between.
 * @param from the version that it knows already; 0: nothing
 */
export function createReader<T extends Named>(
  feed: Omit<Feed<T>, "follow" | "look">,
  wanted: (object: T) => boolean,
  from: number,
): Reader {
  /** Whether it is told what changed since it knew, not everything. */
  const resumed = from > 0 && from >= feed.forgotten();
  let cursor = resumed ? from : 0;
  /** Up to this version, what was deleted has been told, or need not be. */
  let heard = resumed ? from : feed.version();
  let synced = false;
  let pending: Seen<T>[] = [];
  let pendingOf = -1;
  /** What the reader has been told of. */
  const told = new Set(
    feed
      .since(0)
      .filter((seen) => seen.added <= cursor)
      .filter(({ gone, version }) => !gone || version > cursor)
      .map(({ name }) => name),
  );

  /** The next thing that is otherwise than it was told. */
  const step = (): Seen<T> | undefined => {
    if (pendingOf !== feed.version()) {
      pending = feed.since(cursor);
      pendingOf = feed.version();
    }
    for (let seen = pending.shift(); seen; seen = pending.shift()) {
      cursor = seen.version;
      heard = Math.max(heard, cursor);
      if (wanted(seen.object) && (!seen.gone || told.has(seen.name))) {
        return seen;
      }
    }
    return undefined;
  };

  const message = (event: WatchEvent<T>): string => {
    // Before all was told, there is nothing that could be resumed from.
    const id = synced || resumed ? `id: ${feed.epoch}.${cursor}\n` : "";
    return `${id}data: ${JSON.stringify(event)}\n\n`;
  };

  return {
    behind: () => heard < feed.forgotten(),
    next: () => {
      const seen = step();
      if (seen) {
        const { name, object, gone } = seen;
        const type = gone ? "DELETED" : told.has(name) ? "MODIFIED" : "ADDED";
        if (gone) told.delete(name);
        else told.add(name);
        return message({ type, object });
      }
      if (synced) return undefined;
      synced = true;
      return message({ type: "BOOKMARK", complete: !resumed });
    },
  };
}
