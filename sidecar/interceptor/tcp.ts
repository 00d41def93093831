/** A TCP address as the interceptor dials it. */
export interface Address {
  host: string;
  port: number;
}

/** What the owner of a connection is told; it may be exchanged at any time. */
export interface TcpOwner {
  /** Bytes came in. They are valid during the call only: what is kept must be copied. */
  onBytes(bytes: Buffer): void;
  /** Nothing more will come in. */
  onEnd(): void;
  /** All that was written has been handed to the kernel. */
  onDrain(): void;
  /** It is gone, both ways. */
  onClose(): void;
}

/** One TCP connection, whose bytes are pushed as they come. Half-closes are the owner's business. */
export interface Tcp {
  owner: TcpOwner;
  /** Nothing more will come. */
  readonly ended: boolean;
  /** It ended by a reset or an error, not by the other side's word. */
  readonly broken: boolean;
  /** Nothing can be sent either. */
  readonly closed: boolean;
  /** Whether something may still be written. */
  readonly writable: boolean;
  /** Lets bytes come in; none do at first. */
  resume(): void;
  pause(): void;
  /** Sends; false where it is to be waited for `onDrain` before more is sent. The bytes may be reused at once. */
  write(bytes: Uint8Array): boolean;
  /** Says that nothing more will be sent. */
  end(): void;
  /** Ends both ways with a reset, as a process that died would. */
  reset(): void;
  /** Lets go without a word beyond what was handed to the kernel. */
  destroy(): void;
  /**
   * Its descriptor, for somebody who reads and writes it himself until
   * `takeBack`; `recall` fetches it before anything else is done with it.
   * Undefined where it is not at rest, or has none to lend.
   */
  lend?(recall: () => void): number | undefined;
  takeBack?(broken: boolean): void;
}

/** Ignores everything: what a connection is told before it has an owner, or after. */
export const NOBODY: TcpOwner = {
  onBytes() {},
  onEnd() {},
  onDrain() {},
  onClose() {},
};
