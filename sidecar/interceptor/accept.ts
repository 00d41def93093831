import {
  createServer,
  type ListenOptions,
  type Server,
  type Socket,
} from "node:net";
import { Connection, type Traffic } from "./connection.js";
import type { Address } from "./peer.js";

/** A connection at rest this long is taken to be between two requests for a while. */
const AT_REST = 1_000;

/** How often a drain looks for connections that came to rest, in milliseconds. */
const LOOK = 100;

/** How many connections may wait to be accepted; the kernel may allow fewer. */
const BACKLOG = 4096;

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
      const server = createServer({ allowHalfOpen: true }, (socket) => {
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

  /** Gives the connections back, each when it is at rest; whether none was left in time. */
  async drain(milliseconds: number): Promise<boolean> {
    const deadline = Date.now() + milliseconds;
    while (this.connections.size > 0 && Date.now() < deadline) {
      const resting = Date.now() - AT_REST;
      for (const connection of this.connections)
        if ((connection.idleSince ?? Infinity) <= resting) connection.close();
      await new Promise((resolve) => setTimeout(resolve, LOOK));
      if (!this.traffic.draining()) return false;
    }
    return this.connections.size === 0;
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
    const connection = new Connection(socket, original, this.traffic);
    this.connections.add(connection);
    try {
      await connection.serve();
    } catch (error) {
      // A defect of ours must cost one connection, not all of them.
      this.traffic.event("ConnectionFailed", String(error));
      socket.destroy();
    } finally {
      this.connections.delete(connection);
      closed();
    }
  }
}
