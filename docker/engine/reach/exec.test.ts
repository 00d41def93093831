import {
  createServer as createHttpServer,
  request,
  type Server,
} from "node:http";
import {
  connect,
  createServer,
  type AddressInfo,
  type Server as NetServer,
} from "node:net";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { DialAgent } from "./dial.js";
import { engineHttp, type EngineHttp } from "./engine-http.js";
import { openExec } from "./exec.js";

/** An Engine whose exec is connected to an API, each byte in a frame of its own. */
let api: Server;
let engine: NetServer;
let http: EngineHttp;
let refusal: string | undefined;
beforeEach(async () => {
  refusal = undefined;
  api = createHttpServer((_request, response) => response.end("hello"));
  await listen(api);
  engine = createServer({ allowHalfOpen: true }, (socket) => {
    let head = "";
    const read = (bytes: Buffer) => {
      head += bytes.toString("latin1");
      if (!head.includes("\r\n\r\n") || !/\}\s*$/.test(head)) return;
      if (head.includes("/exec HTTP")) {
        const body = '{"Id":"e1"}';
        head = "";
        return void socket.write(
          `HTTP/1.1 201 Created\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
        );
      }
      socket.off("data", read);
      socket.write(
        "HTTP/1.1 101 UPGRADED\r\nconnection: Upgrade\r\nupgrade: tcp\r\n\r\n",
      );
      if (refusal) {
        socket.write(frame(2, Buffer.from(refusal)));
        return void socket.end();
      }
      const upstream = connect(portOf(api), "127.0.0.1");
      socket.pipe(upstream);
      upstream.on("data", (data: Buffer) => {
        for (const byte of data) socket.write(frame(1, Buffer.from([byte])));
      });
      upstream.on("end", () => socket.end());
      upstream.on("error", () => socket.destroy());
      socket.on("error", () => upstream.destroy());
    };
    socket.on("data", read);
    socket.on("error", () => undefined);
  });
  await listen(engine);
  const port = portOf(engine);
  http = engineHttp({ url: "tcp://x", kind: "tcp", host: "127.0.0.1", port });
});
afterEach(async () => {
  http.close();
  api.closeAllConnections();
  api.close();
  engine.close();
});

const tunnel = () => new DialAgent(() => openExec(http, "sidecar", ["relay"]));

const ask = (agent: DialAgent, timeout = 5_000) =>
  new Promise<string>((resolve, reject) => {
    const asked = request({ agent, host: "127.0.0.1", timeout }, (response) => {
      text(response).then(resolve, reject);
    });
    asked.on("timeout", () => asked.destroy(new Error("timed out")));
    asked.on("error", reject).end();
  });

test("requests go through, several on one exec", async () => {
  let connections = 0;
  api.on("connection", () => (connections += 1));
  const agent = tunnel();
  expect(await ask(agent)).toBe("hello");
  expect(await ask(agent)).toBe("hello");
  expect(connections).toBe(1);
  agent.destroy();
});

test("a WebSocket does too", async () => {
  const sockets = new WebSocketServer({ server: api });
  sockets.on("connection", (socket) => {
    socket.on("message", (data) => socket.send(data));
  });
  const agent = tunnel();
  const socket = new WebSocket("ws://127.0.0.1/", { agent });
  const echoed = await new Promise<string>((resolve, reject) => {
    socket.on("open", () => socket.send("x".repeat(2_000)));
    socket.on("message", (data: Buffer) => resolve(data.toString()));
    socket.on("error", reject);
  });
  expect(echoed).toHaveLength(2_000);
  socket.terminate();
  sockets.close();
});

test("what the program says on stderr is why the connection breaks", async () => {
  refusal = "refused: Connection refused\n";
  await expect(ask(tunnel())).rejects.toMatchObject({
    name: "ExecFailed",
    message: "refused: Connection refused",
  });
});

test("an API that is silent is given up after the time that was set", async () => {
  api.removeAllListeners("request");
  await expect(ask(tunnel(), 100)).rejects.toThrow("timed out");
});

const frame = (stream: number, payload: Buffer) => {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, 0]);
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
};
const portOf = (server: NetServer) => (server.address() as AddressInfo).port;
const listen = (server: NetServer) =>
  new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
