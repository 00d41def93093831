import { Duplex } from "node:stream";
import type { Peer } from "../peer.js";

/**
 * A connection as Node's http2 wants one. Its end is said when the session's
 * is; what it is let go with is its owner's business.
 */
export class PeerDuplex extends Duplex {
  private feeding = false;

  constructor(private readonly peer: Peer) {
    super({ allowHalfOpen: true });
  }

  override _read(): void {
    if (!this.feeding) void this.feed();
  }

  override _write(
    bytes: Buffer,
    _encoding: BufferEncoding,
    done: (error?: Error) => void,
  ): void {
    if (this.peer.closed) return done(new Error("the connection is closed"));
    const full = this.peer.write(bytes);
    if (full) void full.then(() => done());
    else done();
  }

  /** Frames that are due at the same time, in one. */
  override _writev(
    chunks: { chunk: Buffer; encoding: BufferEncoding }[],
    done: (error?: Error) => void,
  ): void {
    const bytes = Buffer.concat(chunks.map(({ chunk }) => chunk));
    this._write(bytes, "binary", done);
  }

  override _final(done: () => void): void {
    this.peer.end();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error) => void): void {
    this.peer.end();
    done(error ?? undefined);
  }

  private async feed(): Promise<void> {
    this.feeding = true;
    let wanted = true;
    while (wanted && !this.destroyed) {
      const bytes = await this.peer.read();
      if (this.destroyed) return;
      wanted = this.push(bytes) && bytes !== null;
      if (bytes === null) return;
    }
    this.feeding = false;
  }
}
