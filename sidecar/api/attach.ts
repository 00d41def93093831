import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { badRequest, notFound, noSuchPath, type UserError } from "../errors.js";
import { ViewerMessage, type ToViewer } from "../schema/index.js";
import type { Pauses } from "../terminals/pauses.js";
import type { Attachment, Terminal, Viewer } from "../terminals/terminal.js";
import { problem } from "./app.js";
import type { Access } from "./access.js";

const PATH = /^\/v1\/pauses\/([^/]+)\/attach$/;
/** A keystroke or a paste: more at once is no terminal. */
const MAX_FRAME = 256 * 1024;
const PING_MS = 15_000;

/** Serves terminals over WebSocket: binary frames are bytes, text is control. */
export function serveTerminals(
  server: Server,
  access: Access,
  pauses: Pauses,
): void {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME,
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head) => {
    socket.on("error", () => socket.destroy());
    const refused = access.refuse(request);
    if (refused) return refuse(socket, refused);
    const url = parse(request.url ?? "/");
    if (!url) return refuse(socket, badRequest("the path is not valid"));
    const { name } = url;
    if (!name) return refuse(socket, noSuchPath(url.path));
    const entry = pauses.get(name);
    if (!entry) return refuse(socket, notFound("pauses", name));
    sockets.handleUpgrade(request, socket, head, (webSocket) => {
      view(webSocket, entry.terminal, {
        cols: cells(url.query.get("cols"), 80),
        rows: cells(url.query.get("rows"), 24),
      });
    });
  });
}

/** What an upgrade asks for; undefined where the URL is none: it must not throw here. */
function parse(url: string) {
  try {
    const { pathname, searchParams } = new URL(url, "http://sidecar");
    const name = decodeURIComponent(PATH.exec(pathname)?.[1] ?? "");
    return { path: pathname, name, query: searchParams };
  } catch {
    return undefined;
  }
}

function view(
  socket: WebSocket,
  terminal: Terminal,
  size: { cols: number; rows: number },
): void {
  const tell = (message: ToViewer) => socket.send(JSON.stringify(message));
  const viewer: Viewer = {
    ...size,
    send: (data) => socket.send(data, { binary: true }),
    unsent: () => socket.bufferedAmount,
    size: (cols, rows) => tell({ type: "size", cols, rows }),
    end: (message) => {
      tell({ type: "exit", message });
      socket.close(1000);
    },
  };
  const attachment = terminal.attach(viewer);
  let alive = true;
  const ping = setInterval(() => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  }, PING_MS);
  socket.on("pong", () => {
    alive = true;
  });
  socket.on("message", (data: Buffer, binary) => {
    if (binary) attachment.write(data);
    else control(data, attachment, socket);
  });
  socket.on("error", () => socket.terminate());
  socket.on("close", () => {
    clearInterval(ping);
    attachment.detach();
  });
}

function control(
  data: Buffer,
  attachment: Attachment,
  socket: WebSocket,
): void {
  try {
    const { cols, rows } = ViewerMessage.parse(JSON.parse(data.toString()));
    attachment.resize(cols, rows);
  } catch {
    socket.close(1003, "not a control message");
  }
}

/** A size from a URL: what makes no sense is as good as none. */
function cells(text: string | null, otherwise: number): number {
  const number = Number(text);
  return Number.isInteger(number) && number >= 2 && number <= 1000
    ? number
    : otherwise;
}

function refuse(socket: Duplex, error: UserError): void {
  const body = JSON.stringify(problem(error));
  socket.end(
    [
      `HTTP/1.1 ${error.status} ${error.code}`,
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(body)}`,
      "Connection: close",
      "",
      body,
    ].join("\r\n"),
  );
}
