import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import type { Controller } from "../controller/controller.js";
import {
  badRequest,
  noMainTerminal,
  noSuchPath,
  notFound,
  type UserError,
} from "../errors.js";
import { ViewerMessage, type ToViewer } from "../schema/index.js";
import type { Mains } from "../terminals/mains.js";
import type { Pauses } from "../terminals/pauses.js";
import type { Attachment, Terminal, Viewer } from "../terminals/terminal.js";
import { asUserError, problem } from "./app.js";
import type { Access } from "./access.js";
import { withoutColour } from "./without-colour.js";

const PATH = /^\/v1\/(pauses|sessions)\/([^/]+)\/attach$/;
/** A keystroke or a paste: more at once is no terminal. */
const MAX_FRAME = 256 * 1024;
const PING_MS = 15_000;

/** What terminals there are. */
export interface TerminalParts {
  access: Access;
  controller: Controller;
  pauses: Pauses;
  mains: Mains;
}

/**
 * Serves the terminals of pauses, and the main ones of sessions' replicas, over
 * WebSocket: binary frames are bytes, text is control.
 */
export function serveTerminals(server: Server, parts: TerminalParts): void {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME,
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head) => {
    socket.on("error", () => socket.destroy());
    const refused = parts.access.refuse(request);
    if (refused) return refuse(socket, refused);
    const url = parse(request.url ?? "/");
    if (!url) return refuse(socket, badRequest("the path is not valid"));
    const size = {
      cols: cells(url.query.get("cols"), 80),
      rows: cells(url.query.get("rows"), 24),
    };
    const colour = url.query.get("colour") !== "false";
    const accept = (terminal: Terminal) =>
      sockets.handleUpgrade(request, socket, head, (webSocket) =>
        view(webSocket, terminal, size, colour),
      );
    find(parts, url).then(accept, (error: unknown) =>
      refuse(socket, asUserError(error)),
    );
  });
}

/** The terminal that a URL names. */
async function find(
  { controller, pauses, mains }: TerminalParts,
  { path, type, name }: { path: string; type: string; name: string },
): Promise<Terminal> {
  if (!name) throw noSuchPath(path);
  if (type === "sessions") {
    const { status } = controller.session(name);
    const running = status.conditions.some(
      (each) => each.type === "ReplicaRunning" && each.status === "True",
    );
    if (!status.replica || !running) throw noMainTerminal(name);
    return mains.open(status.replica.container);
  }
  const entry = pauses.get(name);
  if (!entry) throw notFound("pauses", name);
  return entry.terminal;
}

/** What an upgrade asks for; undefined where the URL is none: it must not throw here. */
function parse(url: string) {
  try {
    const { pathname, searchParams } = new URL(url, "http://sidecar");
    const [, type = "", encoded = ""] = PATH.exec(pathname) ?? [];
    const name = decodeURIComponent(encoded);
    return { path: pathname, type, name, query: searchParams };
  } catch {
    return undefined;
  }
}

function view(
  socket: WebSocket,
  terminal: Terminal,
  size: { cols: number; rows: number },
  colour: boolean,
): void {
  const shown = colour ? (data: Buffer) => data : withoutColour();
  const tell = (message: ToViewer) => socket.send(JSON.stringify(message));
  const viewer: Viewer = {
    ...size,
    send: (data) => socket.send(shown(data), { binary: true }),
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
