import { isIPv6, type Socket } from "node:net";
import { getSystemErrorName } from "node:util";
import { NOBODY, type Address, type Tcp } from "./tcp.js";

// Node's streams cost about as much as the kernel's work for a small request:
// each read allocates 64 KiB and shrinks it again, each write makes an object,
// and both go through the states of a Duplex. What is below them is a handle
// of libuv with few methods, which have been the same since Node 12. The image
// fixes the version of Node; where a handle is not as it is known here, the
// public interface is used (tcp-net.ts), and so does the test of both.

interface Request {
  oncomplete: (status: number) => void;
  handle?: Handle;
}

interface Handle {
  onread: () => void;
  readStart(): number;
  readStop(): number;
  writeBuffer(request: Request, bytes: Uint8Array): number;
  shutdown(request: Request): number;
  useUserBuffer(buffer: Uint8Array): void;
  readonly fd: number;
  setNoDelay(on: boolean): number;
  setKeepAlive(on: boolean, seconds: number): number;
  close(closed?: () => void): void;
  reset(closed?: () => void): number;
  connect(request: Request, host: string, port: number): number;
  connect6(request: Request, host: string, port: number): number;
}

interface Internals {
  TCP: new (type: number) => Handle;
  TCPConnectWrap: new () => Request;
  SOCKET: number;
  WriteWrap: new () => Request;
  ShutdownWrap: new () => Request;
  /** What the last read or write did. */
  state: Int32Array;
  READ: number;
  ASYNC: number;
}

/** What a read says at the end of a stream: UV_EOF of libuv. */
const END_OF_FILE = -4095;
const ENOTCONN = -107;

/** Read from by all connections in turn: what came in is handled before the next read. */
const incoming = Buffer.allocUnsafeSlow(64 * 1024);
/** Copied to before a write: where the kernel does not take all at once, it is left to that write. */
let outgoing = Buffer.allocUnsafeSlow(64 * 1024);

const internals = find();
const METHODS = [
  ...["readStart", "readStop", "writeBuffer", "shutdown", "useUserBuffer"],
  ...["setNoDelay", "setKeepAlive", "close", "reset", "connect", "connect6"],
];

/** Whether this Node's handles are as they are known here, as far as can be seen. */
export function isRawUsable(socket?: Socket): boolean {
  if (!internals || process.env["SIDESTEP_PUBLIC_SOCKETS"] === "1")
    return false;
  return socket === undefined || handleOf(socket) !== undefined;
}

function find(): Internals | undefined {
  try {
    const { binding } = process as unknown as {
      binding(this: void, name: string): Record<string, never>;
    };
    const tcp = binding("tcp_wrap");
    const stream = binding("stream_wrap");
    const found = {
      TCP: tcp["TCP"],
      TCPConnectWrap: tcp["TCPConnectWrap"],
      SOCKET: (tcp["constants"] as { SOCKET: number } | undefined)?.SOCKET,
      WriteWrap: stream["WriteWrap"],
      ShutdownWrap: stream["ShutdownWrap"],
      state: stream["streamBaseState"],
      READ: stream["kReadBytesOrError"],
      ASYNC: stream["kLastWriteWasAsync"],
    };
    const whole = Object.values(found).every((each) => each !== undefined);
    return whole ? (found as unknown as Internals) : undefined;
  } catch {
    return undefined;
  }
}

function handleOf(socket: Socket): Handle | undefined {
  const { _handle: handle } = socket as unknown as {
    _handle?: Record<string, unknown>;
  };
  const known =
    handle && METHODS.every((name) => typeof handle[name] === "function");
  return known ? (handle as unknown as Handle) : undefined;
}

/** A connection by libuv's handle, without Node's streams. */
export class RawTcp implements Tcp {
  owner = NOBODY;
  ended = false;
  broken = false;
  closed = false;
  writable = true;
  private readonly handle: Handle;
  private reading = false;
  private closing = false;
  /** Writes that the kernel has not taken whole. */
  private pending = 0;
  /** Used again as long as writes are done at once. */
  private request: Request;

  /** @param from an accepted socket, which is robbed of its handle, or a connected handle */
  constructor(from: Socket | { handle: Handle }) {
    this.handle = "handle" in from ? from.handle : handleOf(from)!;
    if (!("handle" in from))
      (from as unknown as { _handle: null })._handle = null;
    this.request = this.newRequest();
    this.handle.onread = () => this.onRead();
    this.handle.useUserBuffer(incoming);
    this.handle.setNoDelay(true);
    this.handle.setKeepAlive(true, 60);
  }

  lend(recall: () => void): number | undefined {
    const { fd } = this.handle;
    const idle = this.writable && !this.ended && !this.closing;
    if (!idle || this.pending > 0 || !(fd >= 0)) return undefined;
    this.pause();
    this.recall = recall;
    return fd;
  }

  takeBack(broken: boolean): void {
    this.recall = undefined;
    if (broken) this.fail();
  }

  resume(): void {
    this.recall?.();
    if (this.reading || this.ended || this.closing) return;
    this.reading = true;
    const error = this.handle.readStart();
    if (error) this.fail();
  }

  pause(): void {
    if (!this.reading) return;
    this.reading = false;
    if (!this.closing) this.handle.readStop();
  }

  write(bytes: Uint8Array): boolean {
    this.recall?.();
    const { length } = bytes;
    if (length === 0 || !this.writable) return true;
    let own: Uint8Array;
    if (length > outgoing.length) own = Buffer.from(bytes);
    else {
      outgoing.set(bytes);
      own = outgoing.subarray(0, length);
    }
    const { request } = this;
    const error = this.handle.writeBuffer(request, own);
    if (error) {
      this.fail();
      return true;
    }
    if (internals!.state[internals!.ASYNC] === 0) return this.pending === 0;
    if (length <= outgoing.length)
      outgoing = Buffer.allocUnsafeSlow(outgoing.length);
    (request as { bytes?: Uint8Array }).bytes = own; // lives until it is written
    this.request = this.newRequest();
    this.pending++;
    return false;
  }

  end(): void {
    this.recall?.();
    if (!this.writable) return;
    this.writable = false;
    const request = new internals!.ShutdownWrap();
    request.handle = this.handle;
    request.oncomplete = () => {
      this.shut = true;
      if (this.ended) this.close();
    };
    const error = this.handle.shutdown(request);
    if (error === ENOTCONN) this.broken = true;
    if (error) this.fail();
  }

  reset(): void {
    this.recall?.();
    if (this.closing) return;
    this.leave();
    const error = this.handle.reset(() => this.onClosed());
    if (error) this.handle.close(() => this.onClosed());
  }

  destroy(): void {
    this.recall?.();
    this.close();
  }

  /** Fetches it from whom it is lent to. */
  private recall: (() => void) | undefined;

  /** Whether our own end was said, and has gone out. */
  private shut = false;

  private newRequest(): Request {
    const request = new internals!.WriteWrap();
    request.handle = this.handle;
    request.oncomplete = (status) => this.onWritten(status);
    return request;
  }

  private onRead(): void {
    const count = internals!.state[internals!.READ]!;
    if (count > 0) {
      // A pause takes effect after what was read already.
      if (!this.closing) this.owner.onBytes(incoming.subarray(0, count));
      return;
    }
    if (count === 0 || this.ended || this.closing) return;
    if (count !== END_OF_FILE) return this.fail();
    this.pause();
    this.ended = true;
    this.owner.onEnd();
    if (this.shut) this.close();
  }

  private onWritten(status: number): void {
    this.pending--;
    if (status < 0) return this.fail();
    if (this.pending === 0 && !this.closing) this.owner.onDrain();
  }

  /** An error: told as an end, from the event loop, since whoever writes does not expect a call. */
  private fail(): void {
    if (this.closing) return;
    this.broken = true;
    this.close();
  }

  private close(): void {
    if (this.closing) return;
    this.leave();
    this.handle.close(() => this.onClosed());
  }

  private leave(): void {
    this.pause();
    this.closing = true;
    this.writable = false;
  }

  private onClosed(): void {
    this.closed = true;
    if (!this.ended) {
      this.ended = true;
      this.owner.onEnd();
    }
    this.owner.onClose();
  }
}

/** Connects by libuv's handle. */
export function connectRaw({ host, port }: Address): Promise<Tcp | Error> {
  const { TCP, TCPConnectWrap, SOCKET } = internals!;
  return new Promise((resolve) => {
    const handle = new TCP(SOCKET);
    const failed = (status: number) => {
      handle.close();
      resolve(errorOf(status, host, port));
    };
    const request = new TCPConnectWrap();
    request.oncomplete = (status) =>
      status < 0 ? failed(status) : resolve(new RawTcp({ handle }));
    const error = isIPv6(host)
      ? handle.connect6(request, host, port)
      : handle.connect(request, host, port);
    if (error) failed(error);
  });
}

function errorOf(status: number, host: string, port: number): Error {
  const name = getSystemErrorName(status);
  const error: NodeJS.ErrnoException = new Error(
    `connect ${name} ${host}:${port}`,
  );
  error.code = name;
  return error;
}
