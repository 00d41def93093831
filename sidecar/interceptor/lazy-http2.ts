import type { Peer } from "./peer.js";
import type { Traffic } from "./connection.js";
import type { Address } from "./tcp.js";

/** A client's connection that speaks HTTP/2, and where it was going. */
export interface Http2Client {
  client: Peer;
  remoteAddress: string;
  original: Address;
  traffic: Traffic;
  /** Connects to an app for this client. */
  dial(address: Address): Promise<Peer | Error>;
}

/** The lane of a client that speaks HTTP/2: each of its streams is chosen for by itself. */
export interface Http2Lane {
  /** A request that is being answered. */
  readonly current: { method: string; target: string } | undefined;
  /** When its last stream ended; undefined while it has any. */
  readonly idleSince: number | undefined;
  /** Tells a client that has streams to send no more; one at rest is left in time. */
  drain(): void;
  /** Leaves the client once its streams are done. */
  leave(): void;
  /** Resolves when the client is gone. */
  readonly over: Promise<void>;
}

/**
 * Opens the lane; undefined where the original does not speak HTTP/2, and
 * nothing was read. It is loaded with the first such client: Node's http2, and
 * the TLS that comes with it, are megabytes that others do not need.
 */
export async function openHttp2(
  from: Http2Client,
): Promise<Http2Lane | undefined> {
  const { openLane } = await import("./http2/lane.js");
  return openLane(from);
}
