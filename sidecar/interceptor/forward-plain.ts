import { REQUEST_HEADER } from "../schema/constants.js";
import type { Route } from "../schema/routing.js";
import { answer, unreachable, waitedTooLong } from "./answer.js";
import { BodyScanner } from "./body.js";
import { forwardedFor } from "./edit.js";
import {
  CONNECT_MS,
  describe,
  SAFE,
  type Forward,
  type Forwarded,
  type ForwardHooks,
} from "./forwarding.js";
import {
  Malformed,
  valuesOf,
  type RequestHead,
  type ResponseHead,
} from "./frame.js";
import { connect, Peer, readable } from "./peer.js";
import { readResponseHead, relayBody } from "./relay.js";
import { ReplicaPool } from "./replica-pool.js";

/**
 * A kept connection that ends so soon was closed just as it was used; one that
 * ends later took the request along, which is not to be run again there.
 */
const RACE_MS = 500;

/** Of an answer, what concerns the replica's connection only. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "proxy-connection"]);

/** Whether a matched request can do without http-proxy: nothing of it comes after its head. */
export function isPlain(request: RequestHead): boolean {
  const { minor, method, framing, upgrade, headers } = request;
  return (
    minor === 1 &&
    framing.kind === "none" &&
    !upgrade &&
    method !== "CONNECT" &&
    valuesOf(headers, "expect").length === 0
  );
}

/**
 * Forwards matched requests without a body as http-proxy does, at a fraction of
 * its cost: the head is edited, the answer's too, and the rest is the
 * replica's bytes.
 */
export function createPlainForward(): Forward {
  const pool = new ReplicaPool();
  return (client, remoteAddress, request, route, hooks) =>
    new Exchange(client, remoteAddress, request, route, hooks, pool).run();
}

class Exchange {
  private replica: Peer | undefined;
  private answered = false;
  /** The client has left: it does not wait any more. */
  private gone = false;
  /** It has waited too long. */
  private late = false;
  private over = false;
  private readonly poolable: boolean;
  /** The replica may keep the connection. */
  private keeps = false;
  private stop!: () => void;
  private readonly stopped = new Promise<undefined>(
    (resolve) => (this.stop = () => resolve(undefined)),
  );

  constructor(
    private readonly client: Peer,
    private readonly remoteAddress: string,
    private readonly request: RequestHead,
    private readonly route: Route,
    private readonly hooks: ForwardHooks,
    private readonly pool: ReplicaPool,
  ) {
    // One that is closed just as it is used again: what is safe is asked once more.
    const isSafe = SAFE.has(request.method);
    this.poolable = !hooks.preamble && request.keepAlive && isSafe;
  }

  async run(): Promise<Forwarded> {
    const { tooLong } = this.hooks;
    if (tooLong?.aborted) return this.giveUp();
    const onLate = () => {
      if (this.answered) return;
      this.late = true;
      this.leave();
    };
    tooLong?.addEventListener("abort", onLate, { once: true });
    void this.watch();
    try {
      return await this.exchange();
    } finally {
      this.over = true;
      tooLong?.removeEventListener("abort", onLate);
      this.replica?.destroy();
    }
  }

  private async exchange(): Promise<Forwarded> {
    const { pool, route } = this;
    const { upstream } = route;
    const idle = this.poolable ? pool.take(upstream) : undefined;
    if (idle) {
      this.replica = idle;
      this.keeps = true;
      const before = performance.now();
      await idle.write(this.head());
      const outcome = await this.receive(
        idle,
        () => performance.now() - before < RACE_MS,
      );
      if (outcome) return outcome;
      idle.destroy();
      this.replica = undefined;
    }
    const failure = await this.dial();
    if (this.gone) return this.lost();
    if (this.late) return this.giveUp();
    const { replica } = this;
    if (!replica) return this.fail(failure);
    this.keeps = this.poolable && pool.mayKeep(upstream);
    const { preamble } = this.hooks;
    if (preamble) await replica.write(preamble);
    const ticket = pool.sent(upstream);
    try {
      await replica.write(this.head());
      return (await this.receive(replica, () => false)) ?? this.lost();
    } finally {
      pool.done(ticket, this.answered);
    }
  }

  /**
   * @param mayBeUnused whether an end without an answer may be from before it was used
   * @returns undefined where it is
   */
  private async receive(
    replica: Peer,
    mayBeUnused: () => boolean,
  ): Promise<Forwarded | undefined> {
    const { client, request, route, hooks } = this;
    for (;;) {
      const head = await readResponseHead(replica, request.method);
      if (this.gone) return this.lost();
      if (this.late) return this.giveUp();
      if (head === undefined && !replica.spoke && mayBeUnused())
        return undefined;
      if (head === undefined)
        return this.fail(
          replica.broken
            ? "ECONNRESET (read ECONNRESET)"
            : "it closed the connection without an answer",
        );
      if (head instanceof Malformed)
        return this.fail(`its answer has ${head.reason}`);
      if (head.tunnel)
        return this.fail(`it answered with status ${head.status}`);
      if (head.status < 200) {
        await client.write(head.raw);
        continue;
      }
      this.answered = true;
      const keep = request.keepAlive && !hooks.closing();
      hooks.answered?.(head.status);
      const begin = answerHead(head, route.session, keep);
      const whole =
        head.framing.kind === "close"
          ? await this.inChunks(replica, begin)
          : await this.asItIs(replica, begin, new BodyScanner(head.framing));
      if (whole) {
        if (this.keeps && head.keepAlive && head.framing.kind !== "close") {
          this.replica = undefined;
          this.pool.offer(route.upstream, replica);
        }
        return keep ? "next" : "close";
      }
      if (!this.gone && !client.closed) hooks.failed("it broke off its answer");
      return this.lost();
    }
  }

  /** The answer as it comes; what of its body is here already goes with the head. Whether it is whole. */
  private async asItIs(
    replica: Peer,
    head: Buffer,
    body: BodyScanner,
  ): Promise<boolean> {
    const { client } = this;
    let begin = head;
    const first = body.done || !replica.spoke ? null : replica.take();
    if (first) {
      const end = body.scan(first);
      // What nobody asked for: the connection is of no use after it.
      replica.unread(first.subarray(end));
      begin = Buffer.concat([head, first.subarray(0, end)]);
    }
    await client.write(begin);
    if (body.malformed) return false;
    return relayBody(replica, client, body);
  }

  /** An answer that ends with its connection: the client's own stays, so its end is told by chunks. */
  private async inChunks(replica: Peer, head: Buffer): Promise<boolean> {
    const { client } = this;
    await client.write(head);
    for (;;) {
      const bytes = await replica.read();
      if (client.closed) return false;
      if (bytes === null) break;
      const size = Buffer.from(`${bytes.length.toString(16)}\r\n`);
      await client.write(Buffer.concat([size, bytes, CRLF]));
    }
    if (replica.broken || this.gone) return false;
    await client.write(LAST_CHUNK);
    return true;
  }

  /** The words of why there is no connection. */
  private async dial(): Promise<string> {
    const connecting = connect(this.route.upstream);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<Error>((resolve) => {
      timer = setTimeout(
        () => resolve(new Error("it accepts no connection")),
        CONNECT_MS,
      );
    });
    const first = await Promise.race([connecting, late, this.stopped]);
    clearTimeout(timer);
    if (first instanceof Peer) {
      this.replica = first;
      return "";
    }
    void connecting.then((peer) => peer instanceof Peer && peer.reset());
    return first ? describe(first) : "";
  }

  /**
   * A client that leaves while it waits is gone for good: its FIN is taken for
   * that, as nginx does, since one who only closed his half cannot be told
   * from one who closed the window.
   */
  private async watch(): Promise<void> {
    const { client } = this;
    await readable([client]);
    if (this.over || !client.ended || client.spoke) return;
    this.gone = true;
    this.leave();
  }

  /** Wakes whatever waits for the replica. */
  private leave(): void {
    this.replica?.reset();
    this.stop();
  }

  private lost(): Forwarded {
    this.client.reset();
    return "over";
  }

  /**
   * It has waited too long while the replica is paused. Its connection to the
   * replica is closed: a request that waits there to be accepted may still be
   * run, as with any client that leaves.
   */
  private giveUp(): Forwarded {
    const { client, request, route, hooks } = this;
    const keep = request.keepAlive && !hooks.closing();
    const { status, phrase, headers, text } = waitedTooLong(
      route.session,
      route.maxWait ?? 0,
    );
    hooks.answered?.(status);
    answer(client, `${status} ${phrase}`, text, {
      ...headers,
      Connection: keep ? "keep-alive" : "close",
    });
    hooks.gaveUp?.();
    return keep ? "next" : "close";
  }

  private fail(reason: string): Forwarded {
    const { client, request, route, hooks } = this;
    hooks.failed(reason);
    if (!this.replica || SAFE.has(request.method)) return "fallback";
    hooks.answered?.(502);
    answer(client, "502 Bad Gateway", unreachable(route.session, reason), {
      "X-Sidestep": `session=${route.session}`,
      Connection: "close",
    });
    return "close";
  }

  /** The request's head, as the replica gets it. */
  private head(): Buffer {
    const { method, target, headers } = this.request;
    const former: string[] = [];
    let text = `${method} ${target} HTTP/1.1\r\n`;
    for (const [name, value] of headers) {
      const key = name.toLowerCase();
      if (key === "x-forwarded-for") former.push(value);
      else if (key === "connection" ? this.keeps : key !== REQUEST_HEADER)
        text += `${name}: ${value}\r\n`;
    }
    const forwarded = forwardedFor(former, this.remoteAddress);
    text += `X-Forwarded-For: ${forwarded}\r\n${REQUEST_HEADER}: ${this.hooks.id}\r\n`;
    if (!this.keeps) text += "Connection: close\r\n";
    text += "\r\n";
    return Buffer.from(text, "latin1");
  }
}

const CRLF = Buffer.from("\r\n");
const LAST_CHUNK = Buffer.from("0\r\n\r\n");

/** An answer's head, as the client gets it: in HTTP/1.1, whatever the replica speaks. */
function answerHead(head: ResponseHead, session: string, keep: boolean) {
  const { raw, headers, framing } = head;
  // Behind the version, which has always eight characters.
  const line = raw.toString("latin1", 8, raw.indexOf("\r\n"));
  let text = `HTTP/1.1${line}\r\n`;
  for (const [name, value] of headers)
    if (!HOP_BY_HOP.has(name.toLowerCase())) text += `${name}: ${value}\r\n`;
  if (framing.kind === "close") text += "Transfer-Encoding: chunked\r\n";
  text += `X-Sidestep: session=${session}\r\nConnection: ${keep ? "keep-alive" : "close"}\r\n\r\n`;
  return Buffer.from(text, "latin1");
}
