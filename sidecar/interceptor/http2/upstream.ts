import { connect, type ClientHttp2Session, type Settings } from "node:http2";
import type { Peer } from "../peer.js";
import { PeerDuplex } from "./peer-duplex.js";
import { CONNECTION_WINDOW, TO_APP } from "./settings.js";

/** What the owner of a client's connection is told of its app. */
export interface UpstreamHooks {
  /** The app wants no more streams on this connection. */
  goaway?(code: number, lastStream: number, data?: Buffer): void;
  /** It is gone. */
  closed?(): void;
}

/** One connection to an app that is to speak HTTP/2. */
export class Upstream {
  readonly session: ClientHttp2Session;
  /** Resolves when the app has shown that it speaks HTTP/2; with why not, where it does not. */
  readonly ready: Promise<Error | undefined>;
  /** What it has said of itself. */
  settings: Settings | undefined;
  private error: Error | undefined;

  constructor(
    private readonly peer: Peer,
    hooks: UpstreamHooks = {},
  ) {
    this.session = connect("http://app", {
      ...TO_APP,
      createConnection: () => new PeerDuplex(peer),
    });
    this.session.on("error", (error: Error) => void (this.error ??= error));
    this.session.on("goaway", (code: number, last: number, data?: Buffer) =>
      hooks.goaway?.(code, last, data),
    );
    this.ready = new Promise((resolve) => {
      this.session.once("remoteSettings", (settings: Settings) => {
        this.settings = settings;
        resolve(undefined);
      });
      this.session.once("close", () => {
        peer.destroy();
        resolve(
          new Error(
            this.error
              ? `it does not speak HTTP/2 (${this.error.message})`
              : "it closed the connection",
          ),
        );
        hooks.closed?.();
      });
    });
    if (!this.session.destroyed)
      this.session.setLocalWindowSize(CONNECTION_WINDOW);
  }

  /** Whether new streams can be sent. */
  get open(): boolean {
    return !this.session.closed && !this.session.destroyed;
  }

  /** Whether the connection is gone, and every stream with it. */
  get lost(): boolean {
    return this.session.destroyed || this.peer.ended;
  }

  /** Leaves once the streams are done. */
  close(): void {
    this.session.close();
  }

  /** Leaves at once. */
  destroy(): void {
    this.session.destroy();
    this.peer.destroy();
  }
}
