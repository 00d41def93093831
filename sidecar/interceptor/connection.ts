import type { Socket } from "node:net";
import { REQUEST_HEADER } from "../schema/constants.js";
import type { Route, RoutingTable } from "../schema/routing.js";
import { answer, answerPaused, unreachable } from "./answer.js";
import { choose, chooseConnection } from "./choose.js";
import { forwardedFor, withHeader } from "./edit.js";
import type { Forward, Forwarded } from "./forward.js";
import {
  Malformed,
  mayBeHttp1,
  parseRequestHead,
  valuesOf,
  type RequestHead,
} from "./frame.js";
import { HeadCollector } from "./head-collector.js";
import { connect, Peer, readable, type Address } from "./peer.js";
import { relay } from "./relay.js";
import type { Requests } from "./requests.js";
import { splice } from "./splice.js";
import type { Stats } from "./stats.js";

/** What a connection needs to know of the interceptor it came to. */
export interface Traffic {
  table(): RoutingTable;
  /** Whether clients are being given back to the original. */
  draining(): boolean;
  forward: Forward;
  stats: Stats;
  requests: Requests;
  event(reason: string, message: string): void;
  /** How long a silent client is waited for before the original is asked, in milliseconds. */
  sniff: number;
}

/** How long a head may be on its way; then the original's own limits are to apply. */
const HEAD_LIMIT = 5_000;

/** How long a client that was told to leave may take to do so. */
const FAREWELL = 2_000;

/** Why a connection stops being looked at, request by request. */
type Leaving =
  | { why: "ended" }
  | { why: "app" }
  | { why: "serverFirst" }
  | { why: "foreign" }
  | { why: "doubt"; reason: string };

/** One client's connection, from its first byte to its last. */
export class Connection {
  /** When it last came to rest between two requests; undefined while it is busy. */
  idleSince: number | undefined;
  private readonly client: Peer;
  private readonly remoteAddress: string;
  private app: Peer | undefined;
  /** Whether what the app does concerns the client now. */
  private attached = false;

  constructor(
    socket: Socket,
    private readonly original: Address,
    private readonly traffic: Traffic,
  ) {
    this.remoteAddress = socket.remoteAddress ?? "";
    this.client = new Peer(socket);
  }

  /** Serves the client until it, or its app, is done. */
  async serve(): Promise<void> {
    try {
      for (let first = true; ; first = false) {
        const arrival = await this.nextRequest(first);
        if ("why" in arrival) return await this.leave(arrival);
        if (!(await this.exchange(arrival))) return;
      }
    } finally {
      if (this.app?.ended) this.app.end();
      else this.app?.destroy();
      await this.farewell();
    }
  }

  /** Closes a connection that is at rest. */
  close(): void {
    this.client.end();
    this.client.destroy();
  }

  private async nextRequest(first: boolean): Promise<RequestHead | Leaving> {
    const { client } = this;
    const collector = new HeadCollector(client);
    const leave = (leaving: Leaving) => {
      collector.giveBack();
      return leaving;
    };
    let limit = first ? this.traffic.sniff : undefined;
    this.idleSince = Date.now();
    try {
      for (;;) {
        const app = this.attached ? this.app : undefined;
        await readable(app ? [client, app] : [client], limit);
        if (app?.spoke) return leave({ why: first ? "serverFirst" : "app" });
        if (client.ready) {
          const chunk = client.take();
          if (chunk === null) return leave({ why: "ended" });
          this.idleSince = undefined;
          limit = HEAD_LIMIT;
          if (
            first &&
            !mayBeHttp1(Buffer.concat([collector.gathered, chunk]))
          ) {
            client.unread(chunk);
            return leave({ why: "foreign" });
          }
          const raw = collector.add(chunk);
          if (raw === undefined) continue;
          const head = raw instanceof Malformed ? raw : parseRequestHead(raw);
          if (!(head instanceof Malformed)) return head;
          if (raw instanceof Buffer) client.unread(raw);
          return { why: "doubt", reason: head.reason };
        }
        if (app?.ready) return leave({ why: "app" });
        if (collector.gathered.length > 0)
          return leave({
            why: "doubt",
            reason: `a head that took more than ${HEAD_LIMIT / 1000} s`,
          });
        limit = undefined;
        await this.listenToTheOriginal();
      }
    } finally {
      this.idleSince = undefined;
    }
  }

  /**
   * A client that is silent at first: either the protocol lets the server
   * speak first, or a browser connects ahead. Only the original is asked; the
   * replica's single worker would be monopolised by a connection without a request.
   */
  private async listenToTheOriginal(): Promise<void> {
    const app = await connect(this.original);
    if (app instanceof Peer) {
      this.app = app;
      this.attached = true;
    } else if (chooseConnection(this.traffic.table()).lane === "original") {
      this.client.reset();
    }
  }

  /** Whether the client may send another request. */
  private async exchange(request: RequestHead): Promise<boolean> {
    const { traffic } = this;
    const choice = choose(request, traffic.table(), this.remoteAddress);
    switch (choice.lane) {
      case "original":
        return this.toOriginal(request);
      case "reject": {
        traffic.stats.count(choice.route.session);
        const keepAlive =
          request.keepAlive &&
          request.framing.kind === "none" &&
          !traffic.draining();
        answerPaused(this.client, choice.route.session, keepAlive);
        return keepAlive;
      }
      case "replica": {
        this.attached = false;
        const done = traffic.stats.enter(choice.route.session);
        const tracked = traffic.requests.enter(
          choice.route.session,
          request,
          this.remoteAddress,
        );
        let outcome: Forwarded = "over";
        try {
          outcome = await (request.upgrade
            ? this.upgrade(request, choice.route, tracked.id)
            : this.forward(request, choice.route, tracked.id));
        } finally {
          done();
          if (outcome === "over" && this.client.ended) tracked.gone();
          else tracked.done();
        }
        if (outcome === "fallback") return this.toOriginal(request);
        return outcome === "next";
      }
    }
  }

  private async toOriginal(request: RequestHead): Promise<boolean> {
    const { client, traffic } = this;
    traffic.stats.count("original");
    const app = await this.dialOriginal();
    if (!app) return false;
    this.attached = true;
    const outcome = await relay(client, app, request, {
      closing: () => traffic.draining(),
      doubt: (reason) => this.doubt(reason),
    });
    return outcome === "next";
  }

  private forward(
    request: RequestHead,
    route: Route,
    id: string,
  ): Promise<Forwarded> {
    return this.traffic.forward(
      this.client,
      this.remoteAddress,
      request,
      route,
      {
        id,
        closing: () => this.traffic.draining(),
        doubt: (reason) => this.doubt(reason),
        failed: (reason) => this.replicaFailed(route, reason),
      },
    );
  }

  /** An upgrade is relayed by ourselves: up to the 101 http-proxy loses sockets, after it there is only a tunnel. */
  private async upgrade(
    request: RequestHead,
    route: Route,
    id: string,
  ): Promise<Forwarded> {
    const { client } = this;
    const replica = await connect(route.upstream);
    if (!(replica instanceof Peer)) {
      this.replicaFailed(route, replica.message);
      if (request.framing.kind === "none") return "fallback";
      answer(
        client,
        "502 Bad Gateway",
        unreachable(route.session, replica.message),
        {
          "X-Sidestep": `session=${route.session}`,
          Connection: "close",
        },
      );
      return "close";
    }
    const former = valuesOf(request.headers, "x-forwarded-for");
    const forwarded = forwardedFor(former, this.remoteAddress);
    try {
      return await relay(
        client,
        replica,
        {
          ...request,
          raw: withHeader(
            withHeader(request.raw, "X-Forwarded-For", forwarded),
            REQUEST_HEADER,
            id,
          ),
        },
        {
          answer: (head) =>
            withHeader(head.raw, "X-Sidestep", `session=${route.session}`),
          closing: () => this.traffic.draining(),
          doubt: (reason) => this.doubt(reason),
        },
      );
    } finally {
      if (replica.ended) replica.end();
      else replica.destroy();
    }
  }

  /** From here on, raw bytes to where they belong. */
  private async leave(leaving: Leaving): Promise<void> {
    const { client } = this;
    if (client.broken) return this.app?.reset();
    switch (leaving.why) {
      case "ended":
        if (!this.app && !client.spoke) return;
        break;
      case "doubt":
        this.doubt(leaving.reason);
        break;
      case "app":
        break;
      case "serverFirst":
      case "foreign":
        if (await this.spliceToReplica()) return;
    }
    const app = await this.dialOriginal();
    if (app) await splice(client, app);
  }

  private async spliceToReplica(): Promise<boolean> {
    const choice = chooseConnection(this.traffic.table());
    if (choice.lane === "original") return false;
    const { route } = choice;
    if (choice.lane === "reject") {
      this.client.reset();
      return true;
    }
    const replica = await connect(route.upstream);
    if (!(replica instanceof Peer)) {
      this.replicaFailed(route, replica.message);
      return false;
    }
    this.app?.destroy();
    this.app = undefined;
    const done = this.traffic.stats.enter(route.session);
    await splice(this.client, replica).finally(done);
    return true;
  }

  /** The client's one connection to the original; where there is none, the client is refused as the app would. */
  private async dialOriginal(): Promise<Peer | undefined> {
    if (this.app && !this.app.ended) return this.app;
    if (this.app && this.attached) return this.app;
    this.app?.destroy();
    this.app = undefined;
    const app = await connect(this.original);
    if (app instanceof Peer) return (this.app = app);
    this.client.reset();
    return undefined;
  }

  private async farewell(): Promise<void> {
    const { client } = this;
    if (client.closed) return;
    client.end();
    const timer = setTimeout(() => client.destroy(), FAREWELL);
    while ((await client.read()) !== null);
    clearTimeout(timer);
  }

  private doubt(reason: string): void {
    this.traffic.event(
      "NotRoutedByContent",
      `a connection from ${this.remoteAddress} is no longer looked at: ${reason}`,
    );
  }

  private replicaFailed(route: Route, reason: string): void {
    this.traffic.event(
      "ReplicaUnreachable",
      `the replica of session ${route.session} did not answer: ${reason}`,
    );
  }
}
