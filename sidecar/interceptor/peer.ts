import { dial } from "./sockets.js";
import type { Meter } from "./tally.js";
import type { Address, Tcp, TcpOwner } from "./tcp.js";

/**
 * A connection that is read by asking. It reads at most one chunk ahead, so it
 * notices that the other side left while nobody asks, and holds next to nothing.
 */
export class Peer implements TcpOwner {
  /** When bytes last came in or went out, in ms since 1970. */
  active = Date.now();
  /** Counts what is read, and not put back, and what is sent. */
  meter: Meter | undefined;
  private chunk: Buffer | undefined;
  private paused = false;
  private wake: (() => void) | undefined;
  private drained: (() => void) | undefined;

  constructor(readonly tcp: Tcp) {
    tcp.owner = this;
    tcp.resume();
  }

  /** Nothing more will come. */
  get ended(): boolean {
    return this.tcp.ended;
  }

  /** It ended by a reset or an error, not by the other side's word. */
  get broken(): boolean {
    return this.tcp.broken;
  }

  /** Nothing can be sent either. */
  get closed(): boolean {
    return this.tcp.closed;
  }

  /** Whether reading would give an answer at once. */
  get ready(): boolean {
    return this.chunk !== undefined || this.ended;
  }

  /** Whether it sent something that was not read yet. */
  get spoke(): boolean {
    return this.chunk !== undefined;
  }

  /** The next bytes; null when nothing more will come. */
  async read(): Promise<Buffer | null> {
    if (!this.ready) await readable([this]);
    return this.take();
  }

  /** What is there already; null when there is nothing. */
  take(): Buffer | null {
    const bytes = this.chunk ?? null;
    this.chunk = undefined;
    if (bytes) this.meter?.received(bytes.length);
    if (this.paused && !this.ended) {
      this.paused = false;
      this.tcp.resume();
    }
    return bytes;
  }

  /** Puts back bytes that were read too far. */
  unread(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.meter?.received(-bytes.length);
    this.chunk = this.chunk ? Buffer.concat([bytes, this.chunk]) : bytes;
  }

  /** Sends; what it returns, if anything, is to be awaited before sending more. */
  write(bytes: Buffer): Promise<void> | undefined {
    this.active = Date.now();
    this.meter?.sent(bytes.length);
    if (this.tcp.write(bytes)) return undefined;
    return new Promise((resolve) => (this.drained = resolve));
  }

  /** Says that nothing more will be sent, and goes on receiving. */
  end(): void {
    this.tcp.end();
  }

  /** Ends both ways with a reset, as a process that died would. */
  reset(): void {
    this.tcp.reset();
  }

  /** Lets go without a word beyond what was sent. */
  destroy(): void {
    this.tcp.destroy();
  }

  /**
   * Hands the connection to another owner, with what was read but not asked for;
   * until `takeBack`, nothing of this object is to be used.
   */
  lend(owner: TcpOwner): Buffer | undefined {
    const { chunk } = this;
    this.chunk = undefined;
    this.tcp.owner = owner;
    return chunk;
  }

  /** Goes on, with bytes that the other owner has read too far; it reads again. */
  takeBack(bytes?: Buffer): void {
    this.tcp.owner = this;
    this.chunk = bytes?.length ? bytes : undefined;
    this.paused = false;
    this.tcp.resume();
  }

  /** Calls back, once, when there is something to read; a later call replaces it. */
  onReadable(wake: (() => void) | undefined): void {
    this.wake = wake;
  }

  onBytes(bytes: Buffer): void {
    this.active = Date.now();
    const asked = this.wake !== undefined && this.chunk === undefined;
    this.chunk = Buffer.concat(this.chunk ? [this.chunk, bytes] : [bytes]);
    if (!asked && !this.paused) {
      this.paused = true;
      this.tcp.pause();
    }
    this.onWake();
  }

  onEnd(): void {
    this.onWake();
  }

  onDrain(): void {
    const drained = this.drained;
    this.drained = undefined;
    drained?.();
  }

  onClose(): void {
    this.onDrain();
  }

  private onWake(): void {
    const wake = this.wake;
    this.wake = undefined;
    wake?.();
  }
}

/** Resolves when one of the peers has something to read, or when the time is up. */
export function readable(peers: Peer[], milliseconds?: number): Promise<void> {
  if (peers.some((peer) => peer.ready)) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      for (const peer of peers) peer.onReadable(undefined);
      resolve();
    };
    const timer =
      milliseconds === undefined ? undefined : setTimeout(wake, milliseconds);
    for (const peer of peers) peer.onReadable(wake);
  });
}

/** Connects; the error, where it cannot. There is no limit of time but the kernel's. */
export async function connect(address: Address): Promise<Peer | Error> {
  const tcp = await dial(address);
  return tcp instanceof Error ? tcp : new Peer(tcp);
}
