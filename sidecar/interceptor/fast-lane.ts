import { BodyScanner } from "./body.js";
import { choose } from "./choose.js";
import { lookedAt } from "./looked-at.js";
import type { Peer } from "./peer.js";
import type { Lender, Plane, Returned } from "./plane.js";
import type { Record } from "./recorder.js";
import type { RelayedRequest } from "./relay.js";
import type { RoutingTable } from "../schema/routing.js";
import {
  CHUNKED,
  NO_BODY,
  PlainRequest,
  PlainResponse,
  scanRequest,
  scanResponse,
  type Wanted,
} from "./scan.js";
import type { TcpOwner } from "./tcp.js";

/** What the lane needs to know of the interceptor. */
export interface FastLaneHooks {
  table(): RoutingTable;
  draining(): boolean;
  /** Whether somebody watches unmatched requests, each of them. */
  listing(): boolean;
  /** A request was taken by the original. */
  count(): void;
  record: Record;
  /** Told what could not be framed. */
  doubt(reason: string): void;
  /** The lane in C, where there is one. */
  plane?: Plane | undefined;
}

/**
 * Why the lane was left. `slow`: what comes next is no plain, unmatched
 * request. `midway`: a request was sent, or some of it, and what comes back is
 * not plain. `splice`: both sides are to be relayed raw to their end. `over`:
 * the client is gone.
 */
export type Left =
  | { why: "slow" }
  | { why: "midway"; request: RelayedRequest; body: BodyScanner }
  | { why: "splice" }
  | { why: "over" };

/**
 * The lane of nearly all requests: unmatched, plain ones of a kept-alive
 * connection and their plain responses, from socket to socket within the call
 * in which they came in. Whatever else comes is given back as it was read.
 */
export class FastLane implements Lender {
  /** When it last came to rest between two requests, in ms since 1970; undefined while it is busy. */
  idleSince: number | undefined;
  private readonly record: Record;
  private readonly request = new PlainRequest();
  private readonly response = new PlainResponse();
  private names: Wanted = [];
  private table: RoutingTable | undefined;
  /** A request was sent, or some of it, whose response is not complete. */
  private busy = false;
  /** The request's body, until all of it was sent. */
  private sending: BodyScanner | undefined;
  /** The response's body, once its head was relayed. */
  private receiving: BodyScanner | undefined;
  /** What of the response's body is to come, if its length is known. */
  private remaining = 0;
  private answering = false;
  /** The client is to take what was sent before it may ask for more. */
  private blocked = false;
  /** What the client sent ahead of its time. */
  private pending: Buffer | undefined;
  private app!: Peer;
  private leave!: (left: Left) => void;

  constructor(
    private readonly client: Peer,
    readonly remoteAddress: string,
    private readonly hooks: FastLaneHooks,
  ) {
    this.record = hooks.record;
  }

  /** The request that is being answered. */
  get current(): { method: string; target: string } | undefined {
    return this.busy ? this.request : undefined;
  }

  /** Whether a head that was read already is one for this lane. */
  isPlain(raw: Buffer): boolean {
    return scanRequest(raw, 0, [], this.request) === raw.length;
  }

  /** Serves from a request's head on, which is recorded and for which `isPlain` holds, as long as it can. */
  run(app: Peer, raw: Buffer): Promise<Left> {
    this.app = app;
    this.busy = this.answering = this.blocked = false;
    this.sending = this.receiving = this.pending = undefined;
    const read = this.client.lend(this.onClient);
    const early = app.lend(this.onApp);
    return new Promise((resolve) => {
      this.leave = (left) => {
        this.idleSince = undefined;
        resolve(left);
      };
      this.record.received(-raw.length);
      if (early !== undefined) return this.slow(raw, early, read);
      this.client.tcp.resume();
      app.tcp.resume();
      // It was chosen for already, and may be here because the replica is gone.
      this.isPlain(raw);
      this.take(read ? Buffer.concat([raw, read]) : raw, raw.length);
      // It may have left already, and will not say so again.
      if (this.busy && this.client.ended) this.onClient.onEnd();
    });
  }

  private readonly onClient: TcpOwner = {
    onBytes: (bytes) => {
      if (!this.busy && !this.blocked) return this.next(bytes);
      if (this.sending) return this.send(this.sending, bytes);
      this.hold(bytes);
    },
    onEnd: () => {
      const { client, app } = this;
      if (!this.busy) return this.slow();
      if (client.broken) {
        app.reset();
        return this.release({ why: "over" });
      }
      if (this.sending) return this.midway();
      if (!this.pending) app.end();
    },
    onDrain: () => {
      if (this.blocked) {
        this.blocked = false;
        this.proceed();
      } else if (this.answering) this.app.tcp.resume();
    },
    onClose: () => {
      if (!this.busy) return this.slow();
      this.app.reset();
      this.release({ why: "over" });
    },
  };

  private readonly onApp: TcpOwner = {
    onBytes: (bytes) => {
      if (this.busy) this.receive(bytes);
      else this.slow(undefined, bytes);
    },
    onEnd: () => {
      if (!this.busy) return this.slow();
      if (this.answering) this.release({ why: "splice" });
      else this.midway();
    },
    onDrain: () => {
      if (this.sending) this.client.tcp.resume();
    },
    onClose: () => undefined,
  };

  /** The beginning of a request. */
  private next(bytes: Buffer): void {
    const { request, hooks } = this;
    const table = hooks.table();
    if (table !== this.table) {
      this.table = table;
      this.names = lookedAt(table);
    }
    const end = scanRequest(bytes, 0, this.names, request);
    if (end === 0 || hooks.draining()) return this.slow(bytes);
    const choice = choose(request, table, this.remoteAddress);
    if (choice.lane !== "original") return this.slow(bytes);
    this.record.begin(request, choice, this.remoteAddress);
    this.take(bytes, end);
  }

  /** Sends the request whose head ends there. */
  private take(bytes: Buffer, end: number): void {
    const { request } = this;
    this.hooks.count();
    this.busy = true;
    this.idleSince = undefined;
    if (request.length === NO_BODY) {
      this.record.received(end);
      this.app.tcp.write(end === bytes.length ? bytes : bytes.subarray(0, end));
      if (end < bytes.length) this.hold(bytes.subarray(end));
      return;
    }
    this.sending = new BodyScanner(
      request.length === CHUNKED
        ? { kind: "chunked" }
        : { kind: "length", length: request.length },
    );
    this.send(this.sending, bytes, end);
  }

  /** Relays `skip` bytes, and those after them that belong to the body. */
  private send(body: BodyScanner, bytes: Buffer, skip = 0): void {
    const { app, client } = this;
    const end = skip + body.scan(bytes.subarray(skip));
    const drained = app.tcp.write(bytes.subarray(0, end));
    this.record.received(end);
    if (body.malformed) return this.midway(bytes.subarray(end));
    if (!drained) client.tcp.pause();
    if (!body.done) return;
    this.sending = undefined;
    if (end < bytes.length) this.hold(bytes.subarray(end));
    else client.tcp.resume();
  }

  /** Keeps what comes after a request until that is answered. */
  private hold(bytes: Buffer): void {
    this.pending = Buffer.concat(
      this.pending ? [this.pending, bytes] : [bytes],
    );
    this.client.tcp.pause();
  }

  private receive(bytes: Buffer): void {
    const { client, response } = this;
    let end = 0;
    if (!this.answering) {
      const toHead = this.request.method === "HEAD";
      end = scanResponse(bytes, 0, toHead, response);
      if (end === 0 || this.sending || this.hooks.draining())
        return this.midway(undefined, bytes);
      this.answering = true;
      this.record.answered(response.status);
      this.remaining = Math.max(response.length, 0);
      this.receiving =
        response.length === CHUNKED
          ? new BodyScanner({ kind: "chunked" })
          : undefined;
    }
    let done: boolean;
    if (this.receiving) {
      end += this.receiving.scan(end ? bytes.subarray(end) : bytes);
      done = this.receiving.done;
    } else {
      const taken = Math.min(this.remaining, bytes.length - end);
      this.remaining -= taken;
      end += taken;
      done = this.remaining === 0;
    }
    const whole = end === bytes.length;
    const drained = client.tcp.write(whole ? bytes : bytes.subarray(0, end));
    this.record.sent(end);
    if (this.receiving?.malformed) {
      this.hooks.doubt(
        `the app's answer has ${this.receiving.malformed.reason}`,
      );
      return this.release({ why: "splice" }, undefined, bytes.subarray(end));
    }
    if (done)
      return this.complete(drained, whole ? undefined : bytes.subarray(end));
    if (!drained) this.app.tcp.pause();
  }

  /** The response is relayed; `rest` is what the app said after it. */
  private complete(drained: boolean, rest: Buffer | undefined): void {
    this.busy = this.answering = false;
    this.record.end();
    if (!this.request.keepAlive || !this.response.keepAlive)
      return this.release({ why: "splice" }, undefined, rest);
    if (rest) return this.slow(undefined, rest);
    if (drained) return this.proceed();
    this.blocked = true;
    this.client.tcp.pause();
  }

  private proceed(): void {
    const { client, pending } = this;
    if (pending) {
      this.pending = undefined;
      client.tcp.resume();
      return this.next(pending);
    }
    if (client.ended) return this.slow();
    this.idleSince = Date.now();
    if (!this.lend()) client.tcp.resume();
  }

  /** Whether both connections were left to the lane in C: the last request was one that it could have served. */
  private lend(): boolean {
    const { client, app, hooks, request, response } = this;
    const { plane } = hooks;
    const fits =
      request.headers.length === 0 &&
      request.length === NO_BODY &&
      response.length !== CHUNKED;
    if (!plane || !fits || hooks.draining() || hooks.listing()) return false;
    let slot: number | undefined;
    const recall = () => {
      if (slot !== undefined) plane.recall(slot);
    };
    const here = client.tcp.lend?.(recall);
    const there = here === undefined ? undefined : app.tcp.lend?.(recall);
    if (here !== undefined && there !== undefined)
      slot = plane.lend(hooks.table(), here, there, request.target, this);
    if (slot !== undefined) return true;
    client.tcp.takeBack?.(false);
    app.tcp.takeBack?.(false);
    app.tcp.resume();
    return false;
  }

  /** Goes on where the lane in C has stopped. */
  onReturned(returned: Returned): void {
    const { client, app, request, response } = this;
    const { bytes, from, failed } = returned;
    this.busy = returned.busy;
    this.answering = returned.answering;
    this.remaining = returned.remaining;
    this.receiving = undefined;
    this.idleSince = this.busy ? undefined : Date.now() - returned.rested;
    [request.method = "", request.target = ""] = returned.line.split(" ");
    request.keepAlive = response.keepAlive = true;
    if (this.busy)
      this.record.resume(
        returned.age,
        this.answering ? returned.status : undefined,
      );
    // First both: what is done with one of them may concern the other.
    client.tcp.takeBack?.(failed === "client");
    app.tcp.takeBack?.(failed === "app");
    client.tcp.resume();
    app.tcp.resume();
    if (from === "client") this.onClient.onBytes(bytes);
    else if (from === "app") this.onApp.onBytes(bytes);
    else if (from === "request") app.tcp.write(bytes);
    else if (from === "response") this.respond(bytes);
  }

  /** What the client is to be sent of a response, which is counted already. */
  private respond(bytes: Buffer): void {
    const drained = this.client.tcp.write(bytes);
    if (this.remaining === 0) this.complete(drained, undefined);
    else if (!drained) this.app.tcp.pause();
  }

  private slow(fromClient?: Buffer, fromApp?: Buffer, then?: Buffer): void {
    this.release({ why: "slow" }, fromClient, fromApp, then);
  }

  private midway(fromClient?: Buffer, fromApp?: Buffer): void {
    const { method, keepAlive } = this.request;
    this.release(
      {
        why: "midway",
        request: { method, keepAlive, unsure: false },
        body: this.sending ?? new BodyScanner({ kind: "none" }),
      },
      fromClient,
      fromApp,
    );
  }

  /** Gives the connections back, with what was read of them and not relayed. */
  private release(
    left: Left,
    fromClient?: Buffer,
    fromApp?: Buffer,
    then?: Buffer,
  ): void {
    const parts = [fromClient, this.pending, then].filter((part) => !!part);
    this.pending = undefined;
    this.busy = this.answering = this.blocked = false;
    this.client.takeBack(Buffer.concat(parts));
    this.app.takeBack(fromApp && Buffer.from(fromApp));
    this.leave(left);
  }
}
