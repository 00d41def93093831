import type { Settings } from "node:http2";
import type { Http2Client } from "../lazy-http2.js";
import { Peer } from "../peer.js";
import { Upstream, type UpstreamHooks } from "./upstream.js";

/** One client's connection to the original, as it would have been without us. */
export class Original {
  /** What the owner wants to be told; it comes later. */
  hooks: UpstreamHooks = {};
  private upstream: Promise<Upstream | Error>;
  private opened: Upstream | undefined;
  private closed = false;

  constructor(private readonly from: Http2Client) {
    this.upstream = this.open();
  }

  /** What it has said of itself, as far as it has. */
  get settings(): Settings | undefined {
    return this.opened?.settings;
  }

  /**
   * Whether it may speak HTTP/2: it does, or cannot be reached now, or has not
   * said a word in this time, as one that is frozen.
   */
  async mayBeHttp2(milliseconds: number): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), milliseconds);
    });
    const first = await Promise.race([this.upstream, late]);
    clearTimeout(timer);
    return !(first instanceof Error) || this.opened === undefined;
  }

  /** A connection that streams can be sent on. */
  async enter(): Promise<Upstream | Error> {
    const upstream = await this.upstream;
    if (upstream instanceof Upstream && upstream.open) return upstream;
    this.upstream = this.open();
    return this.upstream;
  }

  /** The client is gone. */
  close(): void {
    this.closed = true;
    if (this.opened?.settings) this.opened.close();
    else this.opened?.destroy();
  }

  private async open(): Promise<Upstream | Error> {
    const peer = await this.from.dial(this.from.original);
    if (!(peer instanceof Peer)) return peer;
    const upstream: Upstream = new Upstream(peer, {
      goaway: (...told) => this.hooks.goaway?.(...told),
      closed: () => this.hooks.closed?.(),
    });
    this.opened = upstream;
    if (this.closed) upstream.destroy();
    const error = await upstream.ready;
    return error ?? upstream;
  }
}
