import { createSocket, type Socket } from "node:dgram";

/** How often the lease is renewed; the kernel lets go after 2 s without. */
const RENEWAL = 500;

/** What keeps the takeover in force, as the interceptor needs it. */
export interface Lease {
  /** Takes over, and goes on doing so; resolves when it is in force. */
  start(): Promise<void>;
  /** Stops renewing: the kernel ends the takeover by itself within 2 s. */
  stop(): void;
}

/** Whom a lease tells that it came into force, or that the kernel no longer heeds it. */
export interface LeaseHooks {
  taken(): void;
  lost(): void;
  /** It was renewed. */
  renewed?(): void;
}

/**
 * The kernel's lease on a port: a datagram to the port on loopback, which the
 * launcher's rules drop after they have renewed the lease. That it is dropped
 * (EPERM) is the proof that the rules are there.
 */
export class KernelLease implements Lease {
  private socket: Socket | undefined;
  private timer: NodeJS.Timeout | undefined;
  private inForce = false;
  private waiting: (() => void)[] = [];
  private toldLost = false;

  constructor(
    private readonly port: number,
    private readonly hooks: LeaseHooks,
  ) {}

  start(): Promise<void> {
    if (this.timer === undefined) {
      this.socket = createSocket("udp4");
      this.socket.on("error", () => this.stop());
      this.timer = setInterval(() => this.renew(), RENEWAL);
      this.renew();
    }
    if (this.inForce) return Promise.resolve();
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  stop(): void {
    clearInterval(this.timer);
    this.timer = undefined;
    this.socket?.close();
    this.socket = undefined;
    this.inForce = false;
    this.waiting = [];
  }

  private renew(): void {
    const { socket } = this;
    socket?.send(Buffer.alloc(1), this.port, "127.0.0.1", (error) => {
      if (socket !== this.socket) return; // stopped meanwhile
      const heeded = error && "code" in error && error.code === "EPERM";
      if (heeded) this.onHeeded();
      else this.onIgnored();
    });
  }

  private onHeeded(): void {
    this.toldLost = false;
    this.hooks.renewed?.();
    if (this.inForce) return;
    this.inForce = true;
    for (const resolve of this.waiting.splice(0)) resolve();
    this.hooks.taken();
  }

  private onIgnored(): void {
    this.inForce = false;
    if (this.toldLost) return;
    this.toldLost = true;
    this.hooks.lost();
  }
}
