import { REQUEST_HEADER } from "../schema/constants.js";
import type { Route, RoutingTable } from "../schema/routing.js";
import { answer, answerPaused, unreachable, waitedTooLong } from "./answer.js";
import type { Canaries } from "./canaries.js";
import { choose, chooseConnection, mayMatch, type Choice } from "./choose.js";
import { forwardedFor, withHeader } from "./edit.js";
import { FastLane } from "./fast-lane.js";
import type { Forward, Forwarded } from "./forwarding.js";
import {
  Malformed,
  mayBeHttp1,
  parseRequestHead,
  valuesOf,
  type RequestHead,
} from "./frame.js";
import { HeadCollector } from "./head-collector.js";
import { openHttp2, type Http2Lane } from "./lazy-http2.js";
import { connect, Peer, readable } from "./peer.js";
import type { Plane } from "./plane.js";
import { parseProxyHeader, type ProxyHeader } from "./proxy-protocol.js";
import type { Record, Recorder } from "./recorder.js";
import { goOn, relay, type RelayHooks } from "./relay.js";
import { answerShare } from "./share.js";
import { beginsHttp2 } from "./preface.js";
import { splice } from "./splice.js";
import type { Stats } from "./stats.js";
import type { Address, Tcp } from "./tcp.js";
import type { Waits } from "./waits.js";

/** What a connection needs to know of the interceptor it came to. */
export interface Traffic {
  table(): RoutingTable;
  /** Whether clients are being given back to the original. */
  draining(): boolean;
  forward: Forward;
  stats: Stats;
  recorder: Recorder;
  waits: Waits;
  canaries: Canaries;
  event(reason: string, message: string, session?: string): void;
  /** The fast lane in C, where there is one. */
  plane?: Plane | undefined;
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
  | { why: "proxied" }
  | { why: "foreign" }
  | { why: "doubt"; reason: string };

/** One client's connection, from its first byte to its last. */
export class Connection {
  /** What it does meanwhile, in words for people. */
  get busyWith(): string {
    const request = this.http2?.current ?? this.fast.current ?? this.request;
    const what = request
      ? `${request.method} ${request.target.slice(0, 100)}`
      : "a connection";
    return `${what} from ${this.remoteAddress.replace(/^::ffff:/, "")}`;
  }
  private request: RequestHead | undefined;
  private readonly client: Peer;
  /** The request that it is busy with. */
  private readonly record: Record;
  private fast: FastLane;
  private readonly relayHooks: RelayHooks;
  private restingSince: number | undefined;
  private app: Peer | undefined;
  /** Whether what the app does concerns the client now. */
  private attached = false;
  /** What a proxy in front has said at the beginning: every connection made for the client begins with it. */
  private preamble: Buffer | undefined;
  private http2: Http2Lane | undefined;

  constructor(
    tcp: Tcp,
    private remoteAddress: string,
    private readonly original: Address,
    private readonly traffic: Traffic,
  ) {
    this.client = new Peer(tcp);
    this.record = this.client.meter = traffic.recorder.record();
    this.relayHooks = {
      answered: (status) => this.record.answered(status),
      closing: () => this.closing(),
      doubt: (reason) => this.doubt(reason),
    };
    this.fast = this.fastLane();
  }

  /** When it last came to rest between two requests; undefined while it is busy. */
  get idleSince(): number | undefined {
    return this.restingSince ?? this.fast.idleSince ?? this.http2?.idleSince;
  }

  /** Serves the client until it, or its app, is done. */
  async serve(): Promise<void> {
    try {
      let first = true;
      for (;;) {
        const arrival = await this.nextRequest(first);
        if ("why" in arrival) {
          if (arrival.why === "proxied") continue;
          return await this.leave(arrival);
        }
        first = false;
        if (!(await this.exchange(arrival))) return;
      }
    } finally {
      this.record.end();
      if (this.app?.ended) this.app.end();
      else this.app?.destroy();
      await this.farewell();
    }
  }

  /** The client is to leave soon. One of HTTP/1 is told with its next answer. */
  askToLeave(): void {
    this.http2?.drain();
  }

  /** Closes a connection that is at rest. */
  close(): void {
    if (this.http2?.idleSince !== undefined) return this.http2.leave();
    this.client.end();
    this.client.destroy();
  }

  private fastLane(): FastLane {
    const { traffic } = this;
    return new FastLane(this.client, this.remoteAddress, {
      table: () => traffic.table(),
      draining: () => traffic.draining(),
      listing: () => traffic.recorder.listing,
      count: () => traffic.stats.count("original"),
      record: this.record,
      doubt: (reason) => this.doubt(reason),
      plane: traffic.plane,
    });
  }

  private async nextRequest(first: boolean): Promise<RequestHead | Leaving> {
    const { client } = this;
    const collector = new HeadCollector(client);
    const leave = (leaving: Leaving) => {
      collector.giveBack();
      return leaving;
    };
    let limit = first ? this.traffic.sniff : undefined;
    this.restingSince = Date.now();
    try {
      for (;;) {
        const app = this.attached ? this.app : undefined;
        await readable(app ? [client, app] : [client], limit);
        if (app?.spoke) return leave({ why: first ? "serverFirst" : "app" });
        if (client.ready) {
          const chunk = client.take();
          if (chunk === null) return leave({ why: "ended" });
          this.restingSince = undefined;
          limit = HEAD_LIMIT;
          const begin = Buffer.concat([collector.gathered, chunk]);
          if (first && !this.preamble) {
            const header = parseProxyHeader(begin);
            if (header === undefined) {
              collector.hold(chunk);
              limit = this.traffic.sniff;
              continue;
            }
            if (header instanceof Malformed) {
              client.unread(begin);
              return { why: "doubt", reason: header.reason };
            }
            if (header !== "none") {
              client.unread(begin.subarray(header.length));
              await this.proxied(begin.subarray(0, header.length), header);
              return { why: "proxied" };
            }
          }
          if (first && !mayBeHttp1(begin)) {
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
        if (first && !mayBeHttp1(collector.gathered))
          return leave({ why: "foreign" });
        if (collector.gathered.length > 0)
          return leave({
            why: "doubt",
            reason: `a head that took more than ${HEAD_LIMIT / 1000} s`,
          });
        limit = undefined;
        await this.listenToTheOriginal();
      }
    } finally {
      this.restingSince = undefined;
    }
  }

  /**
   * A proxy in front has said for whom it speaks. The header is the app's as
   * every byte is, and so a replica's; that the client is whom it names, it is
   * to the app as well.
   */
  private async proxied(bytes: Buffer, { source }: ProxyHeader): Promise<void> {
    this.preamble = Buffer.from(bytes);
    if (source !== undefined) {
      this.remoteAddress = source;
      this.fast = this.fastLane();
    }
    await this.app?.write(this.preamble);
  }

  /** Connects to an app for this client. */
  private async dial(address: Address): Promise<Peer | Error> {
    const peer = await connect(address);
    if (peer instanceof Peer && this.preamble) await peer.write(this.preamble);
    return peer;
  }

  /**
   * A client that is silent at first: either the protocol lets the server
   * speak first, or a browser connects ahead. Only the original is asked; the
   * replica's single worker would be monopolised by a connection without a request.
   */
  private async listenToTheOriginal(): Promise<void> {
    const app = await this.dial(this.original);
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
    this.request = request;
    if (traffic.canaries.answer(this.client, request, this.remoteAddress)) {
      this.record.received(-request.raw.length); // no client's
      return false;
    }
    const choice = choose(request, traffic.table(), this.remoteAddress);
    this.record.begin(request, choice, this.remoteAddress);
    const more = await this.served(request, choice);
    this.record.end(this.client.ended && !more);
    return more;
  }

  /** Serves a request by the lane that was chosen; whether the client may send another. */
  private async served(request: RequestHead, choice: Choice): Promise<boolean> {
    const { traffic } = this;
    switch (choice.lane) {
      case "original":
        return this.toOriginal(request);
      case "share":
        this.record.answered(303);
        return answerShare(
          this.client,
          request,
          choice.answer,
          traffic.draining(),
        );
      case "reject": {
        traffic.stats.count(choice.route.session);
        const keepAlive =
          request.keepAlive &&
          request.framing.kind === "none" &&
          !this.closing();
        this.record.answered(503);
        answerPaused(this.client, choice.route.session, keepAlive);
        return keepAlive;
      }
      case "replica": {
        this.attached = false;
        const { id } = this.record;
        const done = traffic.stats.enter(choice.route.session);
        const wait = traffic.waits.enter(choice.route, id);
        let outcome: Forwarded = "over";
        try {
          outcome = await (request.upgrade
            ? this.upgrade(request, choice.route, id, wait.tooLong)
            : this.forward(request, choice.route, id, wait.tooLong));
        } finally {
          done();
          wait.done();
          if (outcome !== "fallback")
            this.record.end(outcome === "over" && this.client.ended);
        }
        if (outcome === "fallback") {
          this.record.fellBack();
          return this.toOriginal(request);
        }
        return outcome === "next";
      }
    }
  }

  private async toOriginal(request: RequestHead): Promise<boolean> {
    const { client, traffic } = this;
    const app = await this.dialOriginal();
    if (!app) {
      traffic.stats.count("original");
      return false;
    }
    this.attached = true;
    const asUsual = !traffic.draining() && !app.ended;
    if (asUsual && this.fast.isPlain(request.raw))
      return this.inFastLane(app, request);
    traffic.stats.count("original");
    return (await relay(client, app, request, this.relayHooks)) === "next";
  }

  private async inFastLane(app: Peer, request: RequestHead): Promise<boolean> {
    const { client } = this;
    const left = await this.fast.run(app, request.raw);
    switch (left.why) {
      case "slow":
        return true;
      case "over":
        return false;
      case "splice":
        await splice(client, app);
        return false;
      case "midway": {
        const { request, body } = left;
        const end = await goOn(client, app, request, body, this.relayHooks);
        return end === "next";
      }
    }
  }

  private forward(
    request: RequestHead,
    route: Route,
    id: string,
    tooLong: AbortSignal | undefined,
  ): Promise<Forwarded> {
    return this.traffic.forward(
      this.client,
      this.remoteAddress,
      request,
      route,
      {
        id,
        tooLong,
        preamble: this.preamble,
        gaveUp: () => this.waitedTooLong(request, route),
        answered: (status) => this.record.answered(status),
        closing: () => this.closing(),
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
    tooLong: AbortSignal | undefined,
  ): Promise<Forwarded> {
    const { client } = this;
    const replica = await this.dial(route.upstream);
    if (!(replica instanceof Peer)) {
      this.replicaFailed(route, replica.message);
      if (request.framing.kind === "none") return "fallback";
      this.record.answered(502);
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
    let answered = false;
    const giveUp = () => {
      if (answered) return;
      const { status, phrase, text, headers } = waitedTooLong(
        route.session,
        route.maxWait ?? 0,
      );
      this.record.answered(status);
      answer(client, `${status} ${phrase}`, text, {
        ...headers,
        Connection: "close",
      });
      replica.reset();
      this.waitedTooLong(request, route);
    };
    if (tooLong?.aborted) {
      giveUp();
      return "close";
    }
    tooLong?.addEventListener("abort", giveUp, { once: true });
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
          ...this.relayHooks,
          answer: (head) => {
            answered = true;
            return withHeader(
              head.raw,
              "X-Sidestep",
              `session=${route.session}`,
            );
          },
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
      case "foreign":
        if (await this.serveHttp2()) return;
        if (await this.spliceToReplica()) return;
        break;
      case "serverFirst":
        if (await this.spliceToReplica()) return;
    }
    const app = await this.dialOriginal();
    if (app) await splice(client, app);
  }

  /** Whether it is HTTP/2 with prior knowledge; each of its streams is chosen for then, as a request of HTTP/1 is. */
  private async serveHttp2(): Promise<boolean> {
    const { client, remoteAddress, original, traffic } = this;
    const isLookedAt =
      traffic.draining() || mayMatch(traffic.table(), remoteAddress);
    if (!isLookedAt || !(await beginsHttp2(client))) return false;
    // What was opened for a silent client has heard nothing.
    this.app?.destroy();
    this.app = undefined;
    this.http2 = await openHttp2({
      client,
      remoteAddress,
      original,
      traffic,
      dial: (address) => this.dial(address),
    });
    if (!this.http2) return false;
    await this.http2.over;
    return true;
  }

  private async spliceToReplica(): Promise<boolean> {
    const choice = chooseConnection(this.traffic.table());
    if (choice.lane === "original") return false;
    const { route } = choice;
    if (choice.lane === "reject") {
      this.client.reset();
      return true;
    }
    const replica = await this.dial(route.upstream);
    if (!(replica instanceof Peer)) {
      this.replicaFailed(route, replica.message);
      return false;
    }
    this.app?.destroy();
    this.app = undefined;
    const done = this.traffic.stats.enter(route.session);
    const connection = { method: "", target: "" };
    this.record.begin(connection, choice, this.remoteAddress);
    await splice(this.client, replica).finally(done);
    return true;
  }

  /** The client's one connection to the original; where there is none, the client is refused as the app would. */
  private async dialOriginal(): Promise<Peer | undefined> {
    if (this.app && !this.app.ended) return this.app;
    if (this.app && this.attached) return this.app;
    this.app?.destroy();
    this.app = undefined;
    const app = await this.dial(this.original);
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

  /**
   * Whether the client is to be told, with this answer, to leave. One that has
   * sent its next request already gets that answered first: told now, it could
   * not know whether that was done (RFC 9112, section 9.3.2).
   */
  private closing(): boolean {
    return this.traffic.draining() && !this.client.spoke;
  }

  private doubt(reason: string): void {
    this.traffic.event(
      "NotRoutedByContent",
      `a connection from ${this.remoteAddress} is no longer looked at: ${reason}`,
    );
  }

  private waitedTooLong(request: RequestHead, route: Route): void {
    this.traffic.event(
      "WaitedTooLong",
      `${request.method} ${request.target.slice(0, 200)} from ${this.remoteAddress} has waited for ${(route.maxWait ?? 0) / 1000} s while session ${route.session} was paused`,
      route.session,
    );
  }

  private replicaFailed(route: Route, reason: string): void {
    this.traffic.event(
      "ReplicaUnreachable",
      `the replica of session ${route.session} did not answer: ${reason}`,
      route.session,
    );
  }
}
