import {
  constants,
  performServerHandshake,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import type { Http2Client, Http2Lane } from "../lazy-http2.js";
import { blockOf, type Block } from "./head.js";
import { Original } from "./original.js";
import { PeerDuplex } from "./peer-duplex.js";
import { Replicas } from "./replicas.js";
import { CONNECTION_WINDOW, toClient } from "./settings.js";
import { serveStream, type Serving } from "./serve-stream.js";

/** The original is waited for so long, so that the client is told its settings and not ours, in milliseconds. */
const PATIENCE = 1_000;

/** In a GOAWAY: whatever was sent so far will be served (RFC 9113, 6.8). */
const ANY_STREAM = 2 ** 31 - 1;

/** Takes a client that speaks HTTP/2; undefined where the original does not. */
export async function openLane(
  from: Http2Client,
): Promise<Http2Lane | undefined> {
  const original = new Original(from);
  if (await original.mayBeHttp2(PATIENCE)) return new Lane(from, original);
  original.close();
  return undefined;
}

/** One client's connection, from its preface to its end. */
class Lane implements Http2Lane {
  readonly over: Promise<void>;
  private readonly session: ServerHttp2Session;
  private readonly replicas: Replicas;
  private readonly streams = new Set<Serving>();
  private restingSince: number | undefined = Date.now();

  constructor(
    private readonly from: Http2Client,
    private readonly original: Original,
  ) {
    this.replicas = new Replicas((address) => from.dial(address));
    this.session = performServerHandshake(
      new PeerDuplex(from.client),
      toClient(original.settings),
    );
    const { session } = this;
    session.setLocalWindowSize(CONNECTION_WINDOW);
    session.on("error", () => undefined); // "close" follows
    session.on("stream", (stream, headers, flags, raw?: string[]) => {
      this.serve(stream, blockOf(headers, flags, raw ?? []));
    });
    this.over = new Promise((resolve) => {
      session.once("close", () => {
        this.replicas.close();
        this.original.close();
        resolve();
      });
    });
    original.hooks = {
      goaway: (code, last, data) => this.passOnGoaway(code, last, data),
      closed: () => session.close(),
    };
  }

  get current() {
    const [serving] = this.streams;
    return serving?.request;
  }

  get idleSince() {
    return this.restingSince;
  }

  drain(): void {
    if (this.streams.size > 0) this.leave();
  }

  /**
   * The word names the last stream that is served: what crosses it was not run,
   * and clients may send it again (RFC 9113, section 6.8).
   */
  leave(): void {
    if (this.isOpen) this.session.close();
  }

  private get isOpen(): boolean {
    return !this.session.closed && !this.session.destroyed;
  }

  /** Streams that the original did not take are refused one by one. */
  private passOnGoaway(code: number, last: number, data?: Buffer): void {
    if (!this.isOpen) return;
    this.session.goaway(code, last === ANY_STREAM ? last : 0, data);
  }

  private serve(stream: ServerHttp2Stream, head: Block): void {
    stream.on("error", () => undefined); // "close" follows
    const serving = serveStream(stream, head, {
      ...this.from,
      enterOriginal: () => this.original.enter(),
      replicas: this.replicas,
    });
    this.streams.add(serving);
    this.restingSince = undefined;
    if (this.from.traffic.draining()) this.drain();
    void serving.over
      .catch((error: unknown) => {
        // A defect of ours must cost one stream, not all of them.
        this.from.traffic.event("StreamFailed", String(error));
        if (!stream.destroyed) stream.close(constants.NGHTTP2_INTERNAL_ERROR);
      })
      .finally(() => {
        this.streams.delete(serving);
        if (this.streams.size === 0) this.restingSince = Date.now();
      });
  }
}
