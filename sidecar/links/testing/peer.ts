import { connect, type Socket } from "node:net";

/** Nothing here takes as long, unless it hangs. */
const PATIENCE_MS = 10_000;

/** Whoever dials a socket of the sidecar, and what came back. */
export class Peer {
  text = "";
  closed = false;
  private onNews = () => {};
  private constructor(readonly socket: Socket) {
    socket.on("data", (bytes: Buffer) => {
      this.text += bytes.toString();
      this.onNews();
    });
    socket.on("error", () => undefined); // "close" follows
    socket.on("close", () => {
      this.closed = true;
      this.onNews();
    });
  }

  static async dial(path: string): Promise<Peer> {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new Peer(socket);
  }

  /** Sends messages, one a line. */
  say(...messages: object[]): this {
    for (const each of messages) this.socket.write(`${JSON.stringify(each)}\n`);
    return this;
  }

  /** Sends bytes in pieces that are read one by one, then leaves; resolves when the other side has, too. */
  async sendAll(bytes: Buffer, cuts: number[]): Promise<void> {
    let at = 0;
    for (const cut of [...cuts, bytes.length]) {
      const to = Math.min(bytes.length, Math.max(at, cut));
      if (to === at || this.closed) continue;
      await new Promise((resolve) =>
        this.socket.write(bytes.subarray(at, to), () => setImmediate(resolve)),
      );
      at = to;
    }
    this.socket.end();
    await this.left();
  }

  /** Waits until this has come back; all that has. */
  async until(expected: string): Promise<string> {
    await this.when(() => this.text.includes(expected), expected);
    const { text } = this;
    this.text = "";
    return text;
  }

  /** Waits until the other side has closed the connection. */
  async left(): Promise<void> {
    await this.when(() => this.closed, "its end");
  }

  private async when(holds: () => boolean, what: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`${what} has not come: ${this.text.slice(-500)}`));
      }, PATIENCE_MS);
      this.onNews = () => {
        if (!holds()) return;
        clearTimeout(timer);
        resolve();
      };
      this.onNews();
    });
  }
}
