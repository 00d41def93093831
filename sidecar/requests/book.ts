import { createListeners } from "../listeners.js";
import {
  API_VERSION,
  type SeenRequest,
  type ToldRequest,
} from "../schema/index.js";

/** So many of those that have ended are remembered: matched ones, and others. */
const MOST = 1_000;
const MOST_UNMATCHED = 500;

/** So many may be in hand; what is beyond that an interceptor has lost. */
const MOST_OPEN = 2_000;

/** For how long interceptors tell of unmatched requests once somebody has asked, in seconds. */
export const LISTING_SECONDS = 30;

/** A pause, and the request that is at it. */
export interface PausedAt {
  pause: string;
  /** The session of the pause: its replica says which request it is, and may claim another's. */
  session: string;
  request: string | undefined;
}

/** The requests that interceptors have told of, the oldest first. */
export interface RequestBook {
  list(): SeenRequest[];
  get(name: string): SeenRequest | undefined;
  /** An interceptor tells of some; `dropped`: of so many it did not. */
  told(interceptor: string, requests: ToldRequest[], dropped: number): void;
  /** An interceptor is gone, and what it had in hand with it. */
  hungUp(interceptor: string): void;
  /** Somebody wants to see those that no session matched: they are told of for a while. */
  ask(): void;
  /** How many were too many to be told of. */
  dropped(): number;
  /** Something else of them has changed, such as which is paused. */
  notify(): void;
  onChange(listener: () => void): () => void;
}

interface Entry {
  interceptor: string;
  told: ToldRequest;
}

/**
 * Keeps the book.
 * @param paused what is paused now
 * @param listen has interceptors tell of unmatched ones, for so many seconds
 */
export function createRequestBook(
  paused: () => PausedAt[],
  listen: (seconds: number) => void,
): RequestBook {
  const open = new Map<string, Entry>();
  const matched = new Map<string, Entry>();
  const others = new Map<string, Entry>();
  const { onChange, notify } = createListeners();
  let dropped = 0;

  const end = (entry: Entry) => {
    const { id, session } = entry.told;
    open.delete(id);
    const [ring, most] =
      session === undefined ? [others, MOST_UNMATCHED] : [matched, MOST];
    keep(ring, entry, most);
  };

  const all = (): Entry[] =>
    [...matched.values(), ...others.values(), ...open.values()].sort(
      (a, b) => a.told.since - b.told.since,
    );

  return {
    list: () => {
      const at = new Map(
        paused().map((each) => [keyOf(each.session, each.request), each.pause]),
      );
      return all().map((entry) => {
        const { session, id } = entry.told;
        return resource(entry, at.get(keyOf(session, id)));
      });
    },
    get: (name) => {
      const entry = open.get(name) ?? matched.get(name) ?? others.get(name);
      const at = paused().find(
        ({ session, request }) =>
          request === name && session === entry?.told.session,
      );
      return entry && resource(entry, at?.pause);
    },
    told: (interceptor, requests, more) => {
      dropped += more;
      for (const told of requests) {
        const entry = { interceptor, told };
        if (told.durationMs === undefined) keep(open, entry, MOST_OPEN);
        else end(entry);
      }
      if (requests.length > 0) notify();
    },
    hungUp: (interceptor) => {
      for (const entry of [...open.values()]) {
        if (entry.interceptor !== interceptor) continue;
        end({ interceptor, told: { ...entry.told, state: "gone" } });
      }
      notify();
    },
    ask: () => listen(LISTING_SECONDS),
    dropped: () => dropped,
    notify,
    onChange,
  };
}

const keyOf = (session: string | undefined, request: string | undefined) =>
  `${session ?? ""}/${request ?? ""}`;

/** Adds one; the oldest go where there are too many. */
function keep(ring: Map<string, Entry>, entry: Entry, most: number): void {
  ring.set(entry.told.id, entry);
  for (const oldest of ring.keys()) {
    if (ring.size <= most) break;
    ring.delete(oldest);
  }
}

/** A request as the API shows it. */
function resource(
  { interceptor, told }: Entry,
  pause: string | undefined,
): SeenRequest {
  const { id, since, headers, ...rest } = told;
  const waits = told.state === "waiting" && pause !== undefined;
  return {
    apiVersion: API_VERSION,
    kind: "Request",
    metadata: { name: id, creationTimestamp: new Date(since).toISOString() },
    status: {
      ...rest,
      container: containerOf(interceptor),
      ...(waits && { state: "paused" as const, pause }),
      ...(headers && {
        headers: headers.map(([name, value]) =>
          value === null ? { name } : { name, value },
        ),
      }),
    },
  };
}

/** The container whose port an interceptor takes over, by its name. */
export const containerOf = (interceptor: string): string =>
  interceptor.replace(/-sidestep-port-\d+$/, "");
