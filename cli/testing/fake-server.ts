import { createHmac } from "node:crypto";
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { IDENTITY_PATH, identityText } from "../../sidecar/schema/identity.js";
import type { NewSession } from "../../sidecar/schema/session.js";
import { UserError } from "../errors.js";
import { FakeSidecar } from "./fake-sidecar.js";

/** A terminal of the fake server: what the viewer sent, and the socket to answer on. */
export interface ServedTerminal {
  socket: WebSocket;
  url: URL;
  binary: Buffer[];
  text: string[];
}

/** The API of a `FakeSidecar` over real HTTP and WebSockets on loopback. */
export class FakeServer {
  readonly token = "secret-token";
  sidecar = new FakeSidecar();
  requests: string[] = [];
  terminals: ServedTerminal[] = [];
  /** What a viewer of a terminal gets at first. */
  screen = Buffer.from("(Pdb) ");
  #sockets = new WebSocketServer({ noServer: true });
  #server = createServer((request, response) => {
    this.#answer(request, response).catch((error: unknown) =>
      fail(response, error),
    );
  });
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Listens; again on the same port after `stop`. */
  async start(): Promise<void> {
    this.#server.on("upgrade", this.#upgrade);
    await new Promise<void>((resolve) =>
      this.#server.listen(this.#port, "127.0.0.1", resolve),
    );
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Dies as a killed process does: every connection is cut. */
  async stop(): Promise<void> {
    this.#server.off("upgrade", this.#upgrade);
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse) {
    const { method = "", url = "" } = request;
    if (url.startsWith(IDENTITY_PATH)) return this.#prove(url, response);
    this.requests.push(`${method} ${url}`);
    this.#authorize(request);
    const { pathname, searchParams } = new URL(url, this.url);
    const [, , type, encoded = "", action] = pathname.split("/");
    const name = decodeURIComponent(encoded);
    const { sidecar } = this;
    const json = async (answer: Promise<unknown>, status = 200) => {
      const body = JSON.stringify(await answer);
      response.writeHead(status, { "content-type": "application/json" });
      response.end(body);
    };
    switch (
      `${method} ${type}${name && "/NAME"}${action ? `/${action}` : ""}`
    ) {
      case "GET version":
        return json(sidecar.version());
      case "GET targets":
        return json(sidecar.targets());
      case "GET sessions":
        return json(sidecar.sessions());
      case "GET sessions/NAME":
        return json(sidecar.session(name));
      case "POST sessions": {
        const body = (await readJson(request)) as NewSession;
        return searchParams.get("dryRun") === "true"
          ? json(sidecar.planSession(body))
          : json(sidecar.createSession(body), 201);
      }
      case "DELETE sessions/NAME":
        return json(sidecar.deleteSession(name), 202);
      case "GET sessions/NAME/logs":
        response.setHeader("content-type", "text/plain");
        for await (const chunk of await sidecar.logs(name, {})) {
          response.write(chunk);
        }
        return void response.end();
      case "GET pauses":
        return json(sidecar.pauses(searchParams.get("session") ?? undefined));
      case "GET pauses/NAME":
        return json(sidecar.pause(name));
      case "POST pauses/NAME/continue":
        return json(sidecar.continuePause(name));
      default:
        response.writeHead(404).end("no such page");
    }
  }

  /** Who it is, as the sidecar proves it. */
  #prove(url: string, response: ServerResponse): void {
    const nonce = new URL(url, this.url).searchParams.get("nonce") ?? "";
    const mac = createHmac("sha256", this.token).update(identityText(nonce));
    const body = JSON.stringify({ proof: mac.digest("hex") });
    response.writeHead(200, { "content-length": body.length }).end(body);
  }

  #authorize(request: IncomingMessage): void {
    if (request.headers.authorization === `Bearer ${this.token}`) return;
    throw new UserError("Unauthorized", "the token is wrong");
  }

  #upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const url = new URL(request.url ?? "", this.url);
    this.requests.push(`UPGRADE ${request.url}`);
    const name = decodeURIComponent(url.pathname.split("/")[3] ?? "");
    const accept = async () => {
      this.#authorize(request);
      await this.sidecar.pause(name);
      this.#sockets.handleUpgrade(request, socket, head, (viewer) => {
        const terminal = { socket: viewer, url, binary: [], text: [] };
        this.#serve(terminal);
      });
    };
    accept().catch((error: unknown) => {
      const { status, body } = problemOf(error);
      socket.end(
        `HTTP/1.1 ${status} No\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      );
    });
  };

  #serve(terminal: ServedTerminal): void {
    terminal.socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) terminal.binary.push(data);
      else terminal.text.push(data.toString());
    });
    terminal.socket.send(this.screen);
    this.terminals.push(terminal);
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString());
}

function fail(response: ServerResponse, error: unknown): void {
  const { status, body } = problemOf(error);
  response.writeHead(status, { "content-type": "application/json" }).end(body);
}

function problemOf(error: unknown): { status: number; body: string } {
  const { code, message, hint } = error as UserError;
  const status = { NotFound: 404, Unauthorized: 401 }[code] ?? 500;
  const plain = message.replace(/^Error from server \(\w+\): /, "");
  return { status, body: JSON.stringify({ code, message: plain, hint }) };
}
