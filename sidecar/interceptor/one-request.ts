import { Duplex } from "node:stream";
import { BodyScanner } from "./body.js";
import type { RequestHead } from "./frame.js";
import { readable, type Peer } from "./peer.js";

/**
 * A socket, as an `http.Server` sees it, on which exactly one request of a
 * client's connection comes in and its response goes out.
 */
export class OneRequest extends Duplex {
  /** The whole request was handed over. */
  complete = false;
  readonly remoteAddress: string;
  private head: Buffer | undefined;
  private feeding = false;
  private readonly body: BodyScanner;

  constructor(
    private readonly client: Peer,
    request: RequestHead,
    remoteAddress: string,
  ) {
    super({ allowHalfOpen: true });
    this.remoteAddress = remoteAddress;
    this.head = request.raw;
    this.body = new BodyScanner(request.framing);
  }

  override _read(): void {
    if (!this.feeding) void this.feed();
  }

  override _write(
    bytes: Buffer,
    _encoding: BufferEncoding,
    done: (error?: Error) => void,
  ): void {
    if (this.client.closed) return done(new Error("the client left"));
    const full = this.client.write(bytes);
    if (full) void full.then(() => done());
    else done();
  }

  private async feed(): Promise<void> {
    this.feeding = true;
    let wanted = true;
    if (this.head) {
      const head = this.head;
      this.head = undefined;
      wanted = this.push(head);
    }
    while (wanted && !this.body.done && !this.destroyed) {
      const chunk = await this.client.read();
      if (chunk === null) {
        this.destroy();
        break;
      }
      const end = this.body.scan(chunk);
      this.client.unread(chunk.subarray(end));
      if (this.body.malformed) {
        this.destroy(new Error(this.body.malformed.reason));
        break;
      }
      wanted = this.push(chunk.subarray(0, end));
    }
    this.feeding = false;
    if (this.body.done && !this.complete) {
      this.complete = true;
      void this.watch();
    }
  }

  /**
   * A client that leaves while it waits is gone for good: its FIN is taken for
   * that, as nginx does, since one who only closed his half cannot be told
   * from one who closed the window.
   */
  private async watch(): Promise<void> {
    await readable([this.client]);
    if (this.client.ended && !this.client.spoke) this.destroy();
  }
}
