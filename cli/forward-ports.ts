import { once } from "node:events";
import {
  createServer,
  type AddressInfo,
  type Server,
  type Socket,
} from "node:net";
import type { Cli } from "./cli.js";
import type { Client } from "./client.js";
import { isTransient } from "./server-errors.js";
import { cannotListen } from "./replica-errors.js";

/** A port of this machine, 0 for any, and one of the replica. */
export interface PortPair {
  local: number;
  remote: number;
}

/** What is forwarded. */
export interface ForwardOptions {
  session: string;
  ports: PortPair[];
  addresses: string[];
  /** Aborted: stop. */
  signal: AbortSignal;
}

/** Forwards each connection of its own until the signal comes. */
export async function forwardPorts(
  cli: Cli,
  client: Client,
  { session, ports, addresses, signal }: ForwardOptions,
): Promise<void> {
  // One that is not there is told before anybody connects.
  await client.session(session);
  const known = { client };
  const servers: Server[] = [];
  const sockets = new Set<Socket>();
  try {
    for (const { local, remote } of ports) {
      let port = local;
      let failure: unknown;
      let listening = 0;
      for (const address of addresses) {
        const server = createServer({ allowHalfOpen: true }, (socket) => {
          cli.streams.out.write(`Handling connection for ${port}\n`);
          sockets.add(socket);
          socket.on("close", () => sockets.delete(socket));
          void handle(cli, known, session, { local: port, remote }, socket);
        });
        try {
          server.listen(port, address);
          await once(server, "listening");
        } catch (error) {
          failure = error;
          continue; // such as ::1, where there is no IPv6
        }
        servers.push(server);
        listening++;
        // One that was picked is the same for every address.
        ({ port } = server.address() as AddressInfo);
        const host = address.includes(":") ? `[${address}]` : address;
        cli.streams.out.write(`Forwarding from ${host}:${port} -> ${remote}\n`);
      }
      if (listening === 0) throw cannotListen(local, failure);
    }
    if (!signal.aborted) await once(signal, "abort");
  } finally {
    for (const server of servers) server.close();
    for (const socket of sockets) socket.destroy();
  }
}

/** Joins a connection with one to the replica; its failure ends nothing else. */
async function handle(
  cli: Cli,
  known: { client: Client },
  session: string,
  { local, remote }: PortPair,
  socket: Socket,
): Promise<void> {
  const complaints: string[] = [];
  socket.on("error", () => socket.destroy());
  try {
    const open = (client: Client) =>
      client.forward(session, remote, (of, data) => {
        if (of === "stderr") {
          complaints.push(Buffer.from(data).toString());
        } else if (!socket.write(data) && !socket.destroyed) {
          return new Promise<void>((resolve) => {
            socket.once("drain", resolve);
            socket.once("close", () => resolve());
          });
        }
      });
    const stream = await open(known.client).catch(async (error: unknown) => {
      if (!isTransient(error)) throw error;
      // The sidecar may have been restarted, with another port and token.
      known.client = await cli.connect();
      return open(known.client);
    });
    socket.on("close", () => stream.close());
    void upload(socket, stream);
    const end = await stream.ended;
    if (end.kind === "exit" && end.code !== 0) {
      throw new Error(complaints.join("").trim());
    }
    if (end.kind === "lost" && !socket.destroyed) socket.destroy();
    socket.end();
  } catch (error) {
    socket.destroy();
    const why = error instanceof Error ? error.message : String(error);
    cli.streams.err.write(
      `error: forwarding ${local} -> ${remote} of session/${session}: ${why}\n`,
    );
  }
}

async function upload(
  socket: Socket,
  stream: { send(data: Uint8Array): Promise<void>; end(): void },
): Promise<void> {
  try {
    for await (const data of socket.iterator({ destroyOnReturn: false })) {
      await stream.send(data as Buffer);
    }
    stream.end();
  } catch {
    socket.destroy();
  }
}
