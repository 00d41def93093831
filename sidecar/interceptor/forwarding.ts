import type { Route } from "../schema/routing.js";
import type { RequestHead } from "./frame.js";
import type { Peer } from "./peer.js";

// What the two lanes of matched requests have in common.

/**
 * How a matched request ended. `next`: the client may send another. `close`:
 * it was told to leave. `over`: the connection is of no use any more.
 * `fallback`: nothing was answered and nothing was done, so the original may
 * have it.
 */
export type Forwarded = "next" | "close" | "over" | "fallback";

/** What the owner of a connection decides about a forwarded request. */
export interface ForwardHooks {
  /** What the replica is told to know the request by. */
  id: string;
  /** What a connection to the replica begins with, before the request. */
  preamble?: Buffer | undefined;
  /** Aborted when it has waited too long for a replica that is paused. */
  tooLong?: AbortSignal | undefined;
  /** The head of its answer goes out. */
  answered?(status: number): void;
  /** Told that it was answered so. */
  gaveUp?(): void;
  /** Whether the client is to be told that the connection ends. */
  closing(): boolean;
  /** Told what could not be framed. */
  doubt(reason: string): void;
  /** Told why the replica did not answer. */
  failed(reason: string): void;
}

/** Forwards one matched request, without any limit of time: it may be paused for hours. */
export type Forward = (
  client: Peer,
  remoteAddress: string,
  request: RequestHead,
  route: Route,
  hooks: ForwardHooks,
) => Promise<Forwarded>;

/** A container that has just gone does not even refuse: the kernel would try for a minute. */
export const CONNECT_MS = 2_000;

/** What may be asked again elsewhere, should the replica die over it. */
export const SAFE = new Set(["GET", "HEAD", "OPTIONS", "TRACE"]);

/** The words of an error, for events and for the client. */
export function describe(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  return code ? `${code} (${error.message})` : error.message;
}
