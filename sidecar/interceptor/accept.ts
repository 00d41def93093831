import {
  createServer,
  type ListenOptions,
  type Server,
  type Socket,
} from "node:net";
import { Connection, type Traffic } from "./connection.js";
import { takeOver } from "./sockets.js";
import type { Address } from "./tcp.js";

/**
 * A connection at rest this long is closed in a drain, in milliseconds. Whoever
 * uses it more often is told to leave by his next answer, which is the only way
 * to close a connection of HTTP/1 without a race: a close that crosses a
 * request fails it (RFC 9112, sections 9.5 and 9.6). What is silent for longer
 * than this must reckon with it from any server: gunicorn closes after 2 s,
 * uvicorn, Node and Apache after 5 s.
 */
const AT_REST = 6_000;

/** How often a drain looks for connections that came to rest, in milliseconds. */
const LOOK = 100;

/** How many connections may wait to be accepted; the kernel may allow fewer. */
const BACKLOG = 4096;

const ACCEPTING = { allowHalfOpen: true, pauseOnConnect: true };

/** An inherited descriptor, or an address. */
export type Place = ListenOptions | { fd: number };

/** Whom a socket was meant for; undefined where it was not taken over. */
export type OriginalAddress = (socket: Socket) => Address | undefined;

/** Accepts the clients' connections and keeps count of those that are open. */
export class Acceptor {
  private readonly connections = new Set<Connection>();
  private readonly servers: Server[] = [];

  constructor(
    private readonly traffic: Traffic,
    private readonly original: OriginalAddress,
  ) {}

  /** Starts accepting; rejects where that is not possible. */
  async listen(places: Place[]): Promise<void> {
    for (const place of places) {
      const server = createServer(ACCEPTING, (socket) => {
        void this.accept(socket);
      });
      this.servers.push(server);
      await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(place, BACKLOG, () => {
          server.off("error", reject);
          server.on("error", (error) =>
            this.traffic.event("AcceptFailed", error.message),
          );
          resolve();
        });
      });
    }
  }

  /**
   * Gives the connections back, each when it is at rest; when the time is up,
   * those that are left are closed whatever they do. In half of the time what
   * is at rest must have been closed, however short that is.
   */
  async drain(milliseconds: number): Promise<void> {
    const begin = Date.now();
    const rest = Math.min(AT_REST, milliseconds / 2);
    do {
      // At least once: some may have been accepted by the kernel, but not here.
      await new Promise((resolve) => setTimeout(resolve, LOOK));
      // Right after the sockets were read: no request lies there unread.
      await new Promise((resolve) => setImmediate(resolve));
      if (!this.traffic.draining()) return;
      for (const connection of this.connections) {
        connection.askToLeave();
        if ((connection.idleSince ?? Infinity) <= Date.now() - rest)
          connection.close();
      }
    } while (this.connections.size > 0 && Date.now() - begin < milliseconds);
    if (this.connections.size > 0) this.cut(milliseconds);
  }

  /** Ends what did not end by itself: streams, tunnels, downloads. */
  private cut(milliseconds: number): void {
    const busy = [...this.connections].map((each) => each.busyWith);
    this.traffic.event(
      "ConnectionsCut",
      `${busy.length} connections were in use ${milliseconds / 1000} s after the session's end, and are closed: ${list(busy)}`,
    );
    for (const connection of this.connections) connection.close();
  }

  /** Stops accepting. */
  close(): void {
    for (const server of this.servers) server.close();
  }

  private async accept(socket: Socket): Promise<void> {
    const original = this.original(socket);
    if (!original) {
      socket.on("error", () => undefined);
      socket.resetAndDestroy();
      return;
    }
    const closed = this.traffic.stats.open();
    const remoteAddress = socket.remoteAddress ?? "";
    const tcp = takeOver(socket);
    const connection = new Connection(
      tcp,
      remoteAddress,
      original,
      this.traffic,
    );
    this.connections.add(connection);
    try {
      await connection.serve();
    } catch (error) {
      // A defect of ours must cost one connection, not all of them.
      this.traffic.event("ConnectionFailed", String(error));
      tcp.destroy();
    } finally {
      this.connections.delete(connection);
      closed();
    }
  }
}

/** How many connections an event names. */
const NAMED = 5;

function list(texts: string[]): string {
  const more = texts.length - NAMED;
  const named = texts.slice(0, NAMED).join(", ");
  return more > 0 ? `${named} and ${more} more` : named;
}
