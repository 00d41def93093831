import type { RoutingTable } from "../schema/routing.js";
import type { ToInterceptor } from "../schema/wire.js";
import { Acceptor, type OriginalAddress, type Place } from "./accept.js";
import { Events } from "./events.js";
import { lazyForward } from "./lazy-forward.js";
import type { Lease, LeaseHooks } from "./lease.js";
import { Link } from "./link.js";
import { probe } from "./probe.js";
import { Requests } from "./requests.js";
import { Stats } from "./stats.js";

/** What an interceptor is made of. */
export interface InterceptorOptions {
  /** The app's port. */
  port: number;
  /** Where the sidecar listens, and what proves that we belong to it. */
  sidecar: { path: string; token: string };
  listen: Place[];
  original: OriginalAddress;
  lease(hooks: LeaseHooks): Lease;
  /** Called each time the takeover came into force. */
  taken?(): void;
  /** Called when the rules in the kernel are gone. */
  lost?(): void;
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

/** How long clients may take to leave when a session ends. */
const DRAIN = 30_000;

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

  const stats = new Stats();
  const requests = new Requests((list) =>
    link.send({ type: "requests", requests: list }),
  );
  const events = new Events((event) => link.send(event));
  const event = (reason: string, message: string) =>
    events.emit(reason, message);
  const lease = options.lease({
    taken: () => options.taken?.(),
    lost: () => {
      event(
        "TakeoverLost",
        `the rules that reroute port ${options.port} are gone from the kernel; they are being loaded again`,
      );
      options.lost?.();
    },
  });
  const acceptor = new Acceptor(
    {
      table: () => table,
      draining: () => draining || stopping,
      forward: lazyForward(),
      stats,
      requests,
      event,
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
    },
    onMessage: (message) => handle(message),
    onDown: () => {
      table = EMPTY;
      draining = false;
      told = "";
      lease.stop();
    },
  });

  function handle(message: ToInterceptor): void {
    events.flush();
    if (message.type === "table") requests.tellAgain();
    switch (message.type) {
      case "table":
        return apply(message.table);
      case "probe":
        void probe(message.host, message.port).then((error) =>
          link.send({ type: "probed", id: message.id, ok: !error, error }),
        );
        return;
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
    const applied = () => {
      if (table === next) link.send({ type: "applied", version: next.version });
    };
    if (next.routes.length > 0) return void lease.start().then(applied);
    lease.stop();
    applied();
  }

  async function drain(milliseconds: number): Promise<void> {
    lease.stop();
    await acceptor.drain(milliseconds);
  }

  await acceptor.listen(options.listen);
  link.start();
  const telling = setInterval(() => {
    const figures = stats.figures();
    const text = JSON.stringify(figures);
    if (text !== told && link.send({ type: "stats", ...figures })) told = text;
  }, STATS);

  return {
    async stop(milliseconds) {
      stopping = true;
      clearInterval(telling);
      requests.stop();
      await drain(milliseconds);
      acceptor.close();
      link.stop();
    },
  };
}
