import { Duplex, type Readable, type Writable } from "node:stream";

/**
 * Two streams in the shape of a socket, as far as node:http and ws use one:
 * its timeout works, what only a socket can do is left out.
 */
export class StreamSocket extends Duplex {
  /** Milliseconds of silence after which `timeout` is emitted; 0: never. */
  timeout = 0;
  #timer: NodeJS.Timeout | undefined;
  readonly #close: () => void;
  readonly #source: Readable;
  readonly #sink: Writable;

  /** @param close ends whatever the streams belong to */
  constructor(source: Readable, sink: Writable, close: () => void) {
    super({ allowHalfOpen: true });
    this.#source = source;
    this.#sink = sink;
    this.#close = close;
    source.on("data", (bytes: Buffer) => {
      this.#alive();
      if (!this.push(bytes)) source.pause();
    });
    source.on("end", () => this.push(null));
    source.on("error", (error) => this.destroy(error));
    source.on("close", () => {
      if (!this.readableEnded) this.push(null);
    });
    sink.on("error", (error) => this.destroy(error));
  }

  override _read(): void {
    this.#source.resume();
  }

  override _write(
    bytes: Buffer,
    encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    this.#alive();
    this.#sink.write(bytes, encoding, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#sink.end(() => done());
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void) {
    clearTimeout(this.#timer);
    this.#close();
    done(error);
  }

  setTimeout(milliseconds: number, callback?: () => void): this {
    this.timeout = milliseconds;
    if (callback) this.once("timeout", callback);
    this.#alive();
    return this;
  }

  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  #alive(): void {
    clearTimeout(this.#timer);
    if (this.timeout <= 0 || this.destroyed) return;
    this.#timer = setTimeout(() => this.emit("timeout"), this.timeout);
  }
}
