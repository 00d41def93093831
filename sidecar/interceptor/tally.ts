import { LATENCY_BUCKETS } from "../schema/figures.js";

/** What goes over a client's connection, in bytes. */
export interface Meter {
  received(bytes: number): void;
  sent(bytes: number): void;
}

/** Of the latencies, in milliseconds. */
export const LIMITS = LATENCY_BUCKETS.map((seconds) => seconds * 1000);

/** Latencies, in buckets that are ready to be told. */
export class Latencies {
  readonly counts: number[] = Array<number>(LIMITS.length + 1).fill(0);
  /** In milliseconds. */
  sum = 0;

  add(milliseconds: number): void {
    let bucket = 0;
    while (bucket < LIMITS.length && milliseconds > LIMITS[bucket]!) bucket++;
    this.counts[bucket]!++;
    this.sum += milliseconds;
  }
}

/** What was counted of the requests that took one route: all figures only grow. */
export class RouteTally {
  /** Requests that came to their end, by the class of their status: 0 is none, 2 is 2xx. */
  readonly ended = [0, 0, 0, 0, 0, 0];
  received = 0;
  sent = 0;
  /** From a request's head to its answer's. */
  readonly latencies = new Latencies();

  end(status: number): void {
    const kind = Math.floor(status / 100);
    this.ended[kind >= 1 && kind <= 5 ? kind : 0]!++;
  }
}
