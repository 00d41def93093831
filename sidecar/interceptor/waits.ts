import type { Route, RoutingTable } from "../schema/routing.js";

/** The longest time a timer can be set to, in milliseconds: 24 days. */
const LONGEST = 2 ** 31 - 1;

/** One request at a replica, from its head to its answer. */
export interface Wait {
  /** Aborted when it has waited too long; absent where there is no limit. */
  tooLong?: AbortSignal;
  /** It was answered, or its client left. */
  done(): void;
}

/**
 * How long requests wait while their session's replica is paused. Only that
 * time counts: a slow app that is not paused is nobody's business. The pauses
 * that a request waits through add up; its own, at a prompt, never counts.
 */
export class Waits {
  private readonly all = new Set<Clock>();

  /** A matched request goes to its replica. */
  enter(route: Route, id: string): Wait {
    const { session, maxWait } = route;
    if (maxWait === undefined) return { done: () => undefined };
    const clock = new Clock(session, id, maxWait);
    this.all.add(clock);
    clock.look(route);
    return {
      tooLong: clock.signal,
      done: () => {
        clock.stop();
        this.all.delete(clock);
      },
    };
  }

  /** There is a new table; a session that is not in it is not paused. */
  apply(table: RoutingTable): void {
    for (const clock of this.all)
      clock.look(table.routes.find(({ session }) => session === clock.session));
  }
}

/** A clock that runs while the request's session is paused by others. */
class Clock {
  private readonly controller = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private started = 0;
  /** What it has run so far, in milliseconds. */
  private ran = 0;

  constructor(
    readonly session: string,
    private readonly id: string,
    private readonly limit: number,
  ) {}

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  look(route: Route | undefined): void {
    const waits = route?.paused && !route.pausedRequests?.includes(this.id);
    if (waits && !this.timer) this.run();
    if (!waits) this.stop();
  }

  stop(): void {
    if (!this.timer) return;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.ran += performance.now() - this.started;
  }

  private run(): void {
    this.started = performance.now();
    const left = Math.min(LONGEST, Math.max(0, this.limit - this.ran));
    this.timer = setTimeout(() => this.controller.abort(), left);
  }
}
