import type { Peer } from "./peer.js";
import type { Address } from "./tcp.js";

/** How long a connection is kept to find out whether it is in others' way. */
const TRIAL_MS = 50;
/** How long a server that was found, or seemed, to serve one connection after the other is not tried again. */
const AGAIN_MS = 60_000;
/** Servers close idle ones after 2 s or more: not while we use them again. */
const IDLE_MS = 1_000;
const MAX_IDLE = 64;
/** Later there may be another server at the same address. */
const FORGET_MS = 10_000;
const MAX_PLACES = 100;

/** What has to be known of a connection. */
export type Kept = Pick<
  Peer,
  "ended" | "spoke" | "active" | "destroy" | "onReadable"
>;

/** A request that was sent on a connection of its own, in the order of their numbers. */
export interface Ticket<P extends Kept = Peer> {
  readonly number: number;
  readonly place: Place<P>;
}

/**
 * What is known of a server. `try`: nothing, so the next connection that it
 * keeps is left idle for a moment. `pool`: it answered another one meanwhile,
 * so idle ones are in nobody's way. `close`: it did not.
 */
interface Place<P extends Kept> {
  mode: "try" | "pool" | "close";
  /** When `close` ends, in ms of the monotonic clock. */
  until: number;
  idle: P[];
  trial: { peer: P; number: number; timer: NodeJS.Timeout } | undefined;
  last: number;
  used: number;
  waiting: Set<Ticket<P>>;
}

/**
 * Kept connections to replicas. A server with one synchronous worker that keeps
 * connections reads from an idle one until it is closed, and serves nobody else:
 * only one that has been seen to serve another meanwhile gets any.
 */
export class ReplicaPool<P extends Kept = Peer> {
  private readonly places = new Map<string, Place<P>>();

  /** @param now milliseconds of a monotonic clock */
  constructor(private readonly now: () => number = () => performance.now()) {}

  /** One that is idle, if there is one; it is the caller's then. */
  take(address: Address): P | undefined {
    const peer = this.placeOf(address).idle.pop();
    peer?.onReadable(undefined);
    return peer;
  }

  /** Whether the server may keep the connection of the next request. */
  mayKeep(address: Address): boolean {
    const place = this.placeOf(address);
    if (place.mode === "close" && this.now() >= place.until) place.mode = "try";
    return place.mode === "pool" || (place.mode === "try" && !place.trial);
  }

  /** A request goes out on a connection of its own. */
  sent(address: Address): Ticket<P> {
    const place = this.placeOf(address);
    const ticket = { number: ++place.last, place };
    place.waiting.add(ticket);
    return ticket;
  }

  /** It is answered, or will not be. */
  done(ticket: Ticket<P>, answered: boolean): void {
    const { place, number } = ticket;
    place.waiting.delete(ticket);
    const { trial } = place;
    if (!answered || !trial || number <= trial.number) return;
    clearTimeout(trial.timer);
    place.trial = undefined;
    place.mode = "pool";
    this.keep(place, trial.peer);
  }

  /** Takes a connection that the server keeps, with nothing on its way. */
  offer(address: Address, peer: P): void {
    const place = this.placeOf(address);
    if (peer.ended || peer.spoke) return peer.destroy();
    if (place.mode === "pool") return this.keep(place, peer);
    if (place.mode === "close" || place.trial) return peer.destroy();
    const timer = setTimeout(() => {
      place.trial = undefined;
      peer.destroy();
      if (place.waiting.size === 0) return; // nobody came: nothing is known
      place.mode = "close";
      place.until = this.now() + AGAIN_MS;
    }, TRIAL_MS);
    place.trial = { peer, number: place.last, timer };
  }

  private keep(place: Place<P>, peer: P): void {
    if (place.idle.length >= MAX_IDLE || peer.ended || peer.spoke)
      return peer.destroy();
    place.idle.push(peer);
    const drop = () => {
      const at = place.idle.indexOf(peer);
      if (at < 0) return;
      place.idle.splice(at, 1);
      peer.destroy();
    };
    // It ends, or says what nobody asked for.
    peer.onReadable(drop);
    const since = (peer.active = Date.now());
    setTimeout(() => {
      if (peer.active === since) drop();
    }, IDLE_MS).unref();
  }

  private placeOf({ host, port }: Address): Place<P> {
    const key = `${host} ${port}`;
    const now = this.now();
    let place = this.places.get(key);
    if (!place) {
      if (this.places.size >= MAX_PLACES) this.places.clear();
      const none = { until: 0, idle: [], trial: undefined, last: 0 };
      place = { mode: "try", ...none, used: now, waiting: new Set() };
      this.places.set(key, place);
    }
    if (place.mode === "pool" && now - place.used > FORGET_MS)
      place.mode = "try";
    place.used = now;
    return place;
  }
}
