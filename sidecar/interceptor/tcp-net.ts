import { connect, type Socket } from "node:net";
import { NOBODY, type Address, type Tcp } from "./tcp.js";

/** A connection by Node's public interface. */
export class NetTcp implements Tcp {
  owner = NOBODY;
  ended = false;
  broken = false;
  closed = false;

  constructor(private readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.setKeepAlive(true, 60_000);
    socket.pause();
    socket.on("data", (bytes: Buffer) => this.owner.onBytes(bytes));
    socket.on("end", () => this.onEnd());
    socket.on("error", () => (this.broken = true));
    socket.on("drain", () => this.owner.onDrain());
    socket.on("close", () => {
      this.closed = true;
      this.onEnd();
      this.owner.onClose();
    });
    // It was accepted paused, and `data` listeners do not change that.
  }

  get writable(): boolean {
    return this.socket.writable;
  }

  resume(): void {
    this.socket.resume();
  }

  pause(): void {
    this.socket.pause();
  }

  write(bytes: Uint8Array): boolean {
    if (bytes.length === 0 || !this.socket.writable) return true;
    return this.socket.write(Buffer.from(bytes));
  }

  end(): void {
    if (this.socket.writable) this.socket.end();
  }

  reset(): void {
    if (!this.socket.destroyed) this.socket.resetAndDestroy();
  }

  destroy(): void {
    this.socket.destroy();
  }

  private onEnd(): void {
    if (this.ended) return;
    this.ended = true;
    this.owner.onEnd();
  }
}

/** Connects by Node's public interface. */
export function connectNet(address: Address): Promise<Tcp | Error> {
  return new Promise((resolve) => {
    const socket = connect({ ...address, allowHalfOpen: true });
    const failed = (error: Error) => resolve(error);
    socket.once("error", failed);
    socket.once("connect", () => {
      socket.off("error", failed);
      resolve(new NetTcp(socket));
    });
  });
}
