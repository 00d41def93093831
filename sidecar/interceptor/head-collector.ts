import { HeadScanner, Malformed } from "./frame.js";
import type { Peer } from "./peer.js";

/** Gathers the bytes of one head as they come in, and gives back those after it. */
export class HeadCollector {
  private readonly scanner = new HeadScanner();
  private bytes: Buffer = Buffer.alloc(0);

  constructor(private readonly peer: Peer) {}

  /** What was gathered, while the head is not complete. */
  get gathered(): Buffer {
    return this.bytes;
  }

  /** Keeps bytes of which it is not clear yet whether they belong to a head. */
  hold(chunk: Buffer): void {
    this.bytes = Buffer.concat([this.bytes, chunk]);
  }

  /** The complete head; undefined while more is needed. Malformed bytes are given back. */
  add(chunk: Buffer): Buffer | Malformed | undefined {
    this.bytes = this.bytes.length ? Buffer.concat([this.bytes, chunk]) : chunk;
    const end = this.scanner.scan(this.bytes);
    if (end === undefined) return undefined;
    if (end instanceof Malformed) {
      this.giveBack();
      return end;
    }
    this.peer.unread(this.bytes.subarray(end));
    return this.bytes.subarray(0, end);
  }

  /** Puts everything gathered back where it came from. */
  giveBack(): void {
    this.peer.unread(this.bytes);
    this.bytes = Buffer.alloc(0);
  }
}
