import type { Socket } from "node:net";

/** How long anything that must happen may take on a busy machine, in milliseconds. */
const PATIENCE = 30_000;

/** So many pieces a message is sent in at most; the rest goes at once. */
const MOST_PIECES = 300;

/** A piece of a message: its length in bytes, and how often the event loop turns after it. */
export interface Cut {
  size: number;
  turns: number;
}

/** How a connection ended, as the other side saw it. */
export type Ending = "open" | "fin" | "reset";

/** One side of a connection: records each byte and how the other side ended. Bytes are Latin-1 text. */
export class Endpoint {
  text = "";
  ending: Ending = "open";
  closed = false;
  private readonly waiting = new Set<() => void>();

  constructor(readonly socket: Socket) {
    socket.setNoDelay(true);
    socket.on("data", (bytes: Buffer) => {
      this.text += bytes.toString("latin1");
      this.changed();
    });
    socket.on("end", () => {
      if (this.ending === "open") this.ending = "fin";
      this.changed();
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "ECONNRESET" || error.code === "EPIPE")
        this.ending = "reset";
      this.changed();
    });
    socket.on("close", () => {
      this.closed = true;
      this.changed();
    });
  }

  /** Resolves when it holds, or the connection is closed; throws what is missing after some seconds. */
  async until(holds: () => boolean, what: string): Promise<void> {
    const deadline = Date.now() + PATIENCE;
    while (!holds() && !this.closed) {
      const left = deadline - Date.now();
      if (left <= 0)
        throw new Error(
          `did not come true: ${what}; ended: ${this.ending}; came so far: ${JSON.stringify(this.text.slice(-500))}`,
        );
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
  }

  /** Sends a text in these pieces, over and over. */
  async send(text: string, cuts: Cut[]): Promise<void> {
    let at = 0;
    for (let i = 0; at < text.length && this.socket.writable; i++) {
      const { size, turns } = cuts[i % cuts.length]!;
      const end = i < MOST_PIECES ? at + size : text.length;
      this.socket.write(text.slice(at, end), "latin1");
      at = end;
      for (let turn = 0; turn < turns; turn++) await turned();
    }
  }

  fin(): void {
    if (this.socket.writable) this.socket.end();
  }

  reset(): void {
    if (!this.socket.destroyed) this.socket.resetAndDestroy();
  }

  private changed(): void {
    for (const wake of this.waiting) wake();
    this.waiting.clear();
  }
}

/** One turn of the event loop. */
export const turned = (): Promise<void> =>
  new Promise((resolve) => setImmediate(resolve));
