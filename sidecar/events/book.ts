import { SESSION } from "../../docker/engine/labels.js";
import { createListeners } from "../listeners.js";
import { API_VERSION, type Event } from "../schema/index.js";

/** Something that happened just now. */
export interface News extends Pick<
  Event["status"],
  "type" | "reason" | "object" | "session" | "message"
> {
  /** How often; default: once. */
  times?: number;
}

/** Tells of something that happened. */
export type Tell = (news: News) => void;

/** The events of this sidecar: the latest ones, in the order in which they happened last. */
export interface EventBook {
  tell: Tell;
  list(): Event[];
  /** Calls back at each change, until what it returns is called. */
  onChange: (listener: () => void) => () => void;
}

/** How many events are kept. */
const KEPT = 1_000;
/** Longer ones are cut: a replica may turn hostile. */
const MAX_MESSAGE = 2_000;
const MAX_REASON = 100;

/** Keeps the last events; the same again is one event that is counted. */
export function createEventBook(
  kept = KEPT,
  now: () => number = Date.now,
): EventBook {
  const { onChange, notify } = createListeners();
  /** By what makes them the same; the one that happened last is the last one. */
  const events = new Map<string, Event>();
  let lastId = 0;

  return {
    onChange,
    list: () => [...events.values()],
    tell: ({ times = 1, ...news }) => {
      const message = news.message.slice(0, MAX_MESSAGE);
      const { type, object } = news;
      const reason = news.reason.slice(0, MAX_REASON);
      const key = JSON.stringify([type, reason, object, message]);
      const time = new Date(now()).toISOString();
      const before = events.get(key);
      lastId = Math.max(lastId + 1, now());
      const firstSeen = before?.status.firstSeen ?? time;
      const count = (before?.status.count ?? 0) + times;
      const name = object.replace(/^.*\//, "");
      events.delete(key);
      events.set(key, {
        apiVersion: API_VERSION,
        kind: "Event",
        metadata: before?.metadata ?? {
          name: `${name}.${lastId.toString(36)}`,
          creationTimestamp: time,
          ...(news.session && { labels: { [SESSION]: news.session } }),
        },
        status: { ...news, reason, message, count, firstSeen, lastSeen: time },
      });
      if (events.size > kept) events.delete(dispensable(events));
      notify();
    },
  };
}

/** The oldest of the session that has the most: one that floods takes no other's place. */
function dispensable(events: Map<string, Event>): string {
  const sessionOf = ({ status }: Event) => status.session ?? "";
  const counts = new Map<string, number>();
  for (const event of events.values()) {
    const session = sessionOf(event);
    counts.set(session, (counts.get(session) ?? 0) + 1);
  }
  const most = Math.max(...counts.values());
  const [key = ""] =
    [...events].find(([, event]) => counts.get(sessionOf(event)) === most) ??
    [];
  return key;
}
