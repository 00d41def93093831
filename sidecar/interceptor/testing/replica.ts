import { createServer } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import type { App } from "../testbed.js";

/** A request as a replica got it. */
export interface Got {
  method: string;
  target: string;
  /** Latin-1 text. */
  content: string;
}

/** A replica with Node's own HTTP server, which records requests and answers `replica:<target>`. */
export interface Replica extends App {
  requests: Got[];
}

export async function startReplica(): Promise<Replica> {
  const requests: Got[] = [];
  const received: string[] = [];
  const open = new Set<Socket>();
  const server = createServer(
    { requireHostHeader: false },
    (request, response) => {
      const chunks: Buffer[] = [];
      request.on("data", (chunk: Buffer) => chunks.push(chunk));
      request.on("error", () => undefined);
      request.on("end", () => {
        const target = request.url ?? "";
        const content = Buffer.concat(chunks).toString("latin1");
        requests.push({ method: request.method ?? "", target, content });
        const body = `replica:${target}`;
        response.writeHead(200, { "Content-Length": body.length });
        response.end(body, "latin1");
      });
    },
  );
  server.on("connection", (socket: Socket) => {
    received.push("");
    open.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => open.delete(socket));
  });
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve()),
  );
  return {
    requests,
    received,
    open,
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
