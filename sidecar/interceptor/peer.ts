import { connect as dial, type Socket } from "node:net";

/** A TCP address as the interceptor dials it. */
export interface Address {
  host: string;
  port: number;
}

/**
 * A socket that is read by asking. It reads at most one chunk ahead, so it
 * notices that the other side left while nobody asks, and holds next to nothing.
 */
export class Peer {
  /** Nothing more will come. */
  ended = false;
  /** It ended by a reset or an error, not by the other side's word. */
  broken = false;
  /** Nothing can be sent either. */
  closed = false;
  private chunk: Buffer | undefined;
  private paused = false;
  private wake: (() => void) | undefined;
  private drained: (() => void) | undefined;

  constructor(readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.on("data", (bytes) => this.onData(bytes));
    socket.on("end", () => this.onEnd());
    socket.on("error", () => (this.broken = true));
    socket.on("drain", () => this.onDrain());
    socket.on("close", () => {
      this.closed = true;
      this.onEnd();
      this.onDrain();
    });
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
    if (this.paused && !this.ended) {
      this.paused = false;
      this.socket.resume();
    }
    return bytes;
  }

  /** Puts back bytes that were read too far. */
  unread(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.chunk = this.chunk ? Buffer.concat([bytes, this.chunk]) : bytes;
  }

  /** Sends; what it returns, if anything, is to be awaited before sending more. */
  write(bytes: Buffer): Promise<void> | undefined {
    if (bytes.length === 0 || !this.socket.writable) return undefined;
    if (this.socket.write(bytes)) return undefined;
    return new Promise((resolve) => (this.drained = resolve));
  }

  /** Says that nothing more will be sent, and goes on receiving. */
  end(): void {
    if (this.socket.writable) this.socket.end();
  }

  /** Ends both ways with a reset, as a process that died would. */
  reset(): void {
    if (!this.socket.destroyed) this.socket.resetAndDestroy();
  }

  /** Lets go without a word beyond what was sent. */
  destroy(): void {
    this.socket.destroy();
  }

  /** Calls back, once, when there is something to read; a later call replaces it. */
  onReadable(wake: (() => void) | undefined): void {
    this.wake = wake;
  }

  private onData(bytes: Buffer): void {
    const asked = this.wake !== undefined && this.chunk === undefined;
    this.chunk = this.chunk ? Buffer.concat([this.chunk, bytes]) : bytes;
    if (!asked && !this.paused) {
      this.paused = true;
      this.socket.pause();
    }
    this.onWake();
  }

  private onEnd(): void {
    this.ended = true;
    this.onWake();
  }

  private onWake(): void {
    const wake = this.wake;
    this.wake = undefined;
    wake?.();
  }

  private onDrain(): void {
    const drained = this.drained;
    this.drained = undefined;
    drained?.();
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
export function connect(address: Address): Promise<Peer | Error> {
  return new Promise((resolve) => {
    const socket = dial({ ...address, allowHalfOpen: true });
    const failed = (error: Error) => resolve(error);
    socket.once("error", failed);
    socket.once("connect", () => {
      const peer = new Peer(socket);
      socket.off("error", failed);
      resolve(peer);
    });
  });
}
