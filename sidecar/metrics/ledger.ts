import {
  LATENCY_BUCKETS,
  type InterceptorMessage,
  type RequestRoute,
} from "../schema/index.js";

/** What an interceptor tells of all that it has counted. */
export type Figures = Omit<
  Extract<InterceptorMessage, { type: "figures" }>,
  "type"
>;

/** The sums of one session's requests that took one route. */
export interface RouteSums {
  session: string;
  route: RequestRoute;
  ended: number[];
  received: number;
  sent: number;
  latencies: { counts: number[]; sum: number };
}

/** The sums of so many routes and reasons are kept, and the figures of so many interceptors; the oldest are let go. */
const MOST = 200;

/**
 * The sums of what all interceptors have told, which only grow: an interceptor
 * that is made anew begins from nothing, these do not.
 */
export class Ledger {
  readonly routes = new Map<string, RouteSums>();
  readonly events = new Map<string, number>();
  /** The last figures of each interceptor, by its name. */
  private readonly last = new Map<string, Figures>();

  /** An interceptor has told what it has counted since it started. */
  take(interceptor: string, figures: Figures): void {
    const before = this.last.get(interceptor);
    // One that was made anew has the name of the one before.
    const known = before?.since === figures.since ? before : undefined;
    this.last.set(interceptor, figures);
    for (const oldest of this.last.keys()) {
      if (this.last.size <= MOST) break;
      this.last.delete(oldest);
    }
    for (const told of figures.routes) {
      const former = known?.routes.find(
        ({ session, route }) =>
          session === told.session && route === told.route,
      );
      const sums = this.sumsOf(told.session, told.route);
      addAll(sums.ended, told.ended, former?.ended);
      addAll(
        sums.latencies.counts,
        told.latencies.counts,
        former?.latencies.counts,
      );
      sums.latencies.sum += told.latencies.sum - (former?.latencies.sum ?? 0);
      sums.received += more(told.received, former?.received);
      sums.sent += more(told.sent, former?.sent);
    }
    for (const [reason, count] of Object.entries(figures.events)) {
      const former = new Map(Object.entries(known?.events ?? {})).get(reason);
      const before = this.events.get(reason) ?? 0;
      this.events.set(reason, before + more(count, former));
    }
    for (const oldest of this.events.keys()) {
      if (this.events.size <= MOST) break;
      this.events.delete(oldest);
    }
  }

  /** The last figures of an interceptor. */
  of(interceptor: string): Figures | undefined {
    return this.last.get(interceptor);
  }

  private sumsOf(session: string, route: RequestRoute): RouteSums {
    const key = `${route} ${session}`;
    const found = this.routes.get(key);
    if (found) return found;
    const sums: RouteSums = {
      session,
      route,
      ended: [0, 0, 0, 0, 0, 0],
      received: 0,
      sent: 0,
      latencies: {
        counts: Array<number>(LATENCY_BUCKETS.length + 1).fill(0),
        sum: 0,
      },
    };
    this.routes.set(key, sums);
    for (const [oldest, { session: of }] of this.routes) {
      if (this.routes.size <= MOST) break;
      if (of !== "") this.routes.delete(oldest);
    }
    return sums;
  }
}

function addAll(
  sums: number[],
  now: number[],
  before: number[] | undefined,
): void {
  for (let i = 0; i < sums.length; i++)
    sums[i]! += more(now[i] ?? 0, before?.[i]);
}

/** What has come to a figure; bytes of a head that turned out to be another route's are no loss. */
const more = (now: number, before = 0): number => Math.max(0, now - before);
