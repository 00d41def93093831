import { connect, type Socket } from "node:net";
import type { InterceptorMessage, ToInterceptor } from "../schema/wire.js";
import { readLines } from "./lines.js";
import { parseMessage } from "./messages.js";

/** How long to wait before the sidecar is dialled again, in milliseconds. */
const REDIAL = 250;

/** Where the sidecar listens, and what is done with what it says. */
export interface LinkOptions {
  path: string;
  /** The first message of every connection. */
  hello: InterceptorMessage;
  onMessage(message: ToInterceptor): void;
  /** The link is lost; it is being dialled again. */
  onDown(): void;
}

/** The line to the sidecar: JSON lines on a unix socket, dialled again for ever. */
export class Link {
  private socket: Socket | undefined;
  private redial: NodeJS.Timeout | undefined;
  private up = false;
  private stopped = false;

  constructor(private readonly options: LinkOptions) {}

  /** Dials, and goes on dialling. */
  start(): void {
    const socket = connect(this.options.path);
    this.socket = socket;
    socket.on("connect", () => {
      this.up = true;
      this.send(this.options.hello);
    });
    socket.on("error", () => undefined); // "close" follows
    socket.on("close", () => this.onClose());
    readLines(socket, (line) => {
      const message = parseMessage(line);
      if (message) this.options.onMessage(message);
      else socket.destroy();
    });
  }

  /** Sends one message; whether there was a sidecar to send it to. */
  send(message: InterceptorMessage): boolean {
    if (!this.up || !this.socket?.writable) return false;
    this.socket.write(`${JSON.stringify(message)}\n`);
    return true;
  }

  /** Hangs up for good, once what was sent is on its way. */
  stop(): void {
    this.stopped = true;
    clearTimeout(this.redial);
    if (this.up) this.socket?.end();
    else this.socket?.destroy();
  }

  private onClose(): void {
    const wasUp = this.up;
    this.up = false;
    if (this.stopped) return;
    this.redial = setTimeout(() => this.start(), REDIAL);
    if (wasUp) this.options.onDown();
  }
}
