import { CONNECT_MS } from "../forwarding.js";
import type { Route } from "../../schema/routing.js";
import { Peer } from "../peer.js";
import type { Address } from "../tcp.js";
import { Upstream } from "./upstream.js";

/** How long a connection without a stream is kept, in milliseconds: a replica may have one worker. */
const IDLE_MS = 1_000;

/** One client's connections to replicas: one for each, while it has streams. */
export class Replicas {
  private readonly all = new Map<string, Connected>();

  constructor(
    private readonly dial: (address: Address) => Promise<Peer | Error>,
  ) {}

  /**
   * A connection on which the route's replica has shown that it speaks HTTP/2,
   * or why there is none; to be given back by `done`.
   */
  async enter(route: Route): Promise<Entered> {
    const { host, port } = route.upstream;
    const key = `${route.session} ${host} ${port}`;
    let connected = this.all.get(key);
    if (!connected?.usable) {
      connected = new Connected(this.dial(route.upstream));
      this.all.set(key, connected);
    }
    connected.enter();
    return { replica: await connected.upstream, done: () => connected.leave() };
  }

  /** The client is gone. */
  close(): void {
    for (const connected of this.all.values()) connected.destroy();
  }
}

/** A replica for one stream. */
export interface Entered {
  replica: Upstream | Error;
  done(): void;
}

class Connected {
  readonly upstream: Promise<Upstream | Error>;
  private opened: Upstream | undefined;
  private failed = false;
  private destroyed = false;
  private streams = 0;
  private idle: NodeJS.Timeout | undefined;

  constructor(dialling: Promise<Peer | Error>) {
    this.upstream = this.open(dialling);
  }

  /** Whether another stream may be sent on it. */
  get usable(): boolean {
    return !this.failed && (this.opened?.open ?? true);
  }

  enter(): void {
    this.streams++;
    clearTimeout(this.idle);
  }

  leave(): void {
    this.streams--;
    if (this.streams > 0) return;
    this.idle = setTimeout(() => this.close(), IDLE_MS);
    this.idle.unref();
  }

  /** The connection is of no use to anybody. */
  destroy(): void {
    clearTimeout(this.idle);
    this.destroyed = true;
    this.opened?.destroy();
  }

  private close(): void {
    this.failed = true;
    this.opened?.close();
  }

  private async open(
    dialling: Promise<Peer | Error>,
  ): Promise<Upstream | Error> {
    const peer = await soon(dialling);
    if (!(peer instanceof Peer)) {
      this.failed = true;
      return peer;
    }
    const upstream = new Upstream(peer);
    this.opened = upstream;
    if (this.destroyed) upstream.destroy();
    // A paused replica may take as long as it likes.
    const error = await upstream.ready;
    this.failed = error !== undefined;
    return error ?? upstream;
  }
}

/** What is dialled; an error, where it takes too long. */
async function soon(dialling: Promise<Peer | Error>): Promise<Peer | Error> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Error>((resolve) => {
    timer = setTimeout(
      () => resolve(new Error("it accepts no connection")),
      CONNECT_MS,
    );
  });
  const first = await Promise.race([dialling, late]);
  clearTimeout(timer);
  if (!(first instanceof Peer))
    void dialling.then((peer) => peer instanceof Peer && peer.destroy());
  return first;
}
