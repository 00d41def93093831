import type { RoutingTable } from "../schema/routing.js";
import type { ToInterceptor } from "../schema/wire.js";
import { Acceptor, type OriginalAddress, type Place } from "./accept.js";
import { Canaries } from "./canaries.js";
import { Events } from "./events.js";
import { headersLookedAt } from "./choose.js";
import { lazyForward } from "./lazy-forward.js";
import type { Lease, LeaseHooks } from "./lease.js";
import { Link } from "./link.js";
import { ListLease } from "./list-lease.js";
import { OldConnections, type OldWatch } from "./old-connections.js";
import { openPlane, Plane } from "./plane.js";
import { probe } from "./probe.js";
import { Recorder } from "./recorder.js";
import { RequestFeed } from "./request-feed.js";
import { Requests } from "./requests.js";
import { Stats } from "./stats.js";
import { Waits } from "./waits.js";

/** What an interceptor is made of. */
export interface InterceptorOptions {
  /** The app's port. */
  port: number;
  /** Where the sidecar listens, and what proves that we belong to it. */
  sidecar: { path: string; token: string };
  listen: Place[];
  original: OriginalAddress;
  lease(hooks: LeaseHooks): Lease;
  /** Who looks after connections that are older than the takeover. */
  oldConnections?: OldWatch | undefined;
  /** Called when the rules in the kernel are gone. */
  lost?(): void;
  /** The fast lane in C, compiled; without it, or where it cannot be loaded, that in JavaScript has all. */
  plane?: string | undefined;
  /** How long a silent client is waited for, in milliseconds. */
  sniff?: number;
}

/** A running interceptor. */
export interface Interceptor {
  /** Ends the takeover and gives the clients back; resolves when they are gone, or the time is up. */
  stop(milliseconds: number): Promise<void>;
}

/** How long a silent client is waited for: server-first protocols wait for nobody. */
const SNIFF = 2_000;

/**
 * How long clients may take to leave when a session ends: a little less than
 * the 30 s after which the sidecar takes the replica away, so that it is told
 * what is cut.
 */
const DRAIN = 29_000;

/** How often figures are told, if they changed. */
const STATS = 1_000;

const EMPTY: RoutingTable = { version: 0, routes: [] };

/** Starts an interceptor: accepts, dials the sidecar and does what it says. */
export async function intercept(
  options: InterceptorOptions,
): Promise<Interceptor> {
  let table = EMPTY;
  let draining = false;
  let stopping = false;
  let told = "";
  /** The sidecar knows nothing yet. */
  let fresh = true;
  let looked = headersLookedAt(table);

  const stats = new Stats();
  const requests = new Requests((list) =>
    link.send({ type: "requests", requests: list }),
  );
  const feed = new RequestFeed(
    (list, dropped) => link.send({ type: "seen", requests: list, dropped }),
    () => recorder.inHand,
  );
  const recorder = new Recorder(
    {
      begun: (recording) => {
        requests.begun(recording);
        feed.begun(recording);
      },
      ended: (recording) => {
        requests.ended(recording);
        feed.ended(recording);
      },
    },
    () => looked,
  );
  const listing = new ListLease((on) => {
    recorder.listing = on;
    if (on) plane?.recallAll();
  });
  let renewals = 0;
  const since = Date.now();
  const waits = new Waits();
  const events = new Events((event) => link.send(event));
  const event = (reason: string, message: string, session?: string) =>
    events.emit(reason, message, session);
  const old = new OldConnections(options.oldConnections, (message) =>
    link.send(message),
  );
  let complete = Promise.resolve();
  const lease = options.lease({
    taken: () => {
      complete = old.taken(table);
      link.send({ type: "takeover", inForce: true });
    },
    renewed: () => void renewals++,
    lost: () => {
      link.send({ type: "takeover", inForce: false });
      event(
        "TakeoverLost",
        `the rules that reroute port ${options.port} are gone from the kernel; they are being loaded again`,
      );
      options.lost?.();
    },
  });
  const opened =
    options.plane === undefined ? undefined : openPlane(options.plane);
  const plane = opened instanceof Plane ? opened : undefined;
  const acceptor = new Acceptor(
    {
      table: () => table,
      draining: () => draining || stopping,
      forward: lazyForward(options.plane !== undefined),
      stats,
      recorder,
      waits,
      canaries: new Canaries(options.sidecar.token, (id, client) =>
        link.send({ type: "canarySeen", id, client }),
      ),
      event,
      plane,
      sniff: options.sniff ?? SNIFF,
    },
    options.original,
  );
  const link = new Link({
    path: options.sidecar.path,
    hello: {
      type: "hello",
      token: options.sidecar.token,
      pid: process.pid,
      port: options.port,
      run: recorder.run,
    },
    onMessage: (message) => handle(message),
    onDown: () => {
      table = EMPTY;
      draining = false;
      told = "";
      fresh = true;
      looked = headersLookedAt(table);
      listing.end();
      waits.apply(table);
      old.forget();
      lease.stop();
      plane?.recallAll();
    },
  });

  function handle(message: ToInterceptor): void {
    events.flush();
    if (message.type === "table" && fresh) {
      fresh = false;
      requests.tellAgain();
      feed.tellAgain();
    }
    switch (message.type) {
      case "table":
        return apply(message.table);
      case "probe":
        void probe(message.host, message.port).then((error) =>
          link.send({ type: "probed", id: message.id, ok: !error, error }),
        );
        return;
      case "list":
        return listing.renew(message.seconds);
      case "drain":
        if (draining) return;
        draining = true;
        void drain(DRAIN).then(() => {
          if (draining) link.send({ type: "drained" });
        });
    }
  }

  function apply(next: RoutingTable): void {
    table = next;
    draining = false;
    plane?.recallAll();
    looked = headersLookedAt(next);
    waits.apply(next);
    old.apply(next);
    const applied = () => {
      if (table !== next) return;
      // First what is in flight: a replica must not be taken away under it.
      tellFigures();
      link.send({ type: "applied", version: next.version });
    };
    if (next.routes.length > 0) {
      const taken = lease.start().then(() => complete);
      return void taken.then(applied);
    }
    letGo();
    applied();
  }

  function letGo(): void {
    lease.stop();
    link.send({ type: "takeover", inForce: false });
  }

  /** Counts what the lane in C has done meanwhile. */
  function account(): void {
    stats.count("original", plane?.account(recorder.unmatched) ?? 0);
  }

  function tellFigures(): void {
    account();
    const figures = stats.figures();
    const text = JSON.stringify(figures);
    if (text !== told && link.send({ type: "stats", ...figures })) told = text;
  }

  async function drain(milliseconds: number): Promise<void> {
    plane?.recallAll();
    letGo();
    if (milliseconds > 0) await acceptor.drain(milliseconds);
  }

  await acceptor.listen(options.listen);
  link.start();
  if (opened instanceof Error)
    event(
      "SlowLane",
      `unmatched requests take the lane in JavaScript, which is slower, since the one in C cannot be loaded: ${opened.message}`,
    );
  const telling = setInterval(() => {
    tellFigures();
    link.send({
      type: "figures",
      since,
      routes: recorder.figures(),
      accepted: stats.accepted,
      renewals,
      events: events.counts,
      memory: process.memoryUsage.rss(),
    });
  }, STATS);

  return {
    async stop(milliseconds) {
      stopping = true;
      clearInterval(telling);
      requests.stop();
      feed.stop();
      listing.end();
      await drain(milliseconds);
      acceptor.close();
      plane?.close();
      link.stop();
    },
  };
}
