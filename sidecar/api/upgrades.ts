import type { IncomingMessage, Server } from "node:http";
import { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { badRequest, noSuchPath, type UserError } from "../errors.js";
import type { Access } from "./access.js";
import { asUserError } from "./app.js";
import { problem, PROBLEM_TYPE } from "./problem.js";
import { SAFE_HEADERS } from "./safe-headers.js";
import { whoAsks } from "./who.js";

/** A keystroke or a paste, or a piece of a stream: more at once is neither. */
const MAX_FRAME = 256 * 1024;
const PING_MS = 15_000;
/** How long who was refused may take to close the connection. */
const LEAVE_MS = 1_000;
/** How long a connection is idle before the kernel asks its other end, ten times at most, a second apart. */
const PROBE_MS = 15_000;

/** What is served over WebSocket at some path. */
export interface Upgrade {
  path: RegExp;
  /**
   * What one side does not take, the other does not read: a client whose
   * program is slow, or who is, answers no ping. Only the kernel is asked then
   * whether it is there.
   */
  mayStall?: boolean;
  /**
   * Opens what the path's groups and the query name, for who asks. Rejects with
   * the reason to refuse.
   */
  open: (
    names: string[],
    query: URLSearchParams,
    by: string,
  ) => Promise<Opened>;
}

/** What was opened for a client. */
export interface Opened {
  serve(socket: WebSocket): void;
  /** Instead: the client went while it was opened. */
  abandon(): void;
}

/** Of which session something is. */
const OF_SESSION = /^\/v1\/sessions\/([^/]+)\//;

/**
 * Serves WebSockets: checks who asks, opens, and drops who does not answer.
 * @param using is told of the session that one is open in, and calls back how to say that it is closed
 */
export function serveUpgrades(
  server: Server,
  access: Access,
  upgrades: Upgrade[],
  using: (session: string) => () => void = () => () => undefined,
): void {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_FRAME,
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head) => {
    socket.on("error", () => socket.destroy());
    if (socket instanceof Socket) socket.setKeepAlive(true, PROBE_MS);
    const refused = access.refuse(request);
    if (refused) return refuse(socket, refused);
    open(upgrades, request).then(
      ({ opened, mayStall, session }) => {
        let served = false;
        // At once, or never: it refuses a socket that is closed.
        sockets.handleUpgrade(request, socket, head, (webSocket) => {
          served = true;
          if (!mayStall) dropTheSilent(webSocket);
          if (session !== undefined) webSocket.on("close", using(session));
          webSocket.on("error", () => webSocket.terminate());
          opened.serve(webSocket);
        });
        if (!served) opened.abandon();
      },
      (error: unknown) => refuse(socket, asUserError(error)),
    );
  });
}

/** A size from a URL, in character cells: what makes no sense is as good as none. */
export function sizeOf(query: URLSearchParams): { cols: number; rows: number } {
  const cells = (name: string, otherwise: number) => {
    const number = Number(query.get(name));
    const sane = Number.isInteger(number) && number >= 2 && number <= 1000;
    return sane ? number : otherwise;
  };
  return { cols: cells("cols", 80), rows: cells("rows", 24) };
}

async function open(
  upgrades: Upgrade[],
  request: IncomingMessage,
): Promise<{
  opened: Opened;
  mayStall: boolean;
  session: string | undefined;
}> {
  const { pathname, searchParams } = parse(request.url ?? "/");
  const by = whoAsks(request);
  for (const { path, open, mayStall = false } of upgrades) {
    const names = path.exec(pathname)?.slice(1);
    if (!names) continue;
    return {
      opened: await open(names.map(decode), searchParams, by),
      mayStall,
      session: OF_SESSION.exec(pathname)?.slice(1).map(decode)[0],
    };
  }
  throw noSuchPath(pathname);
}

function parse(url: string): URL {
  try {
    return new URL(url, "http://sidecar");
  } catch {
    throw badRequest("the path is not valid");
  }
}

function decode(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw badRequest("the path is not valid");
  }
}

function dropTheSilent(socket: WebSocket): void {
  let alive = true;
  const ping = setInterval(() => {
    if (!alive) return socket.terminate();
    alive = false;
    socket.ping();
  }, PING_MS);
  socket.on("pong", () => {
    alive = true;
  });
  socket.on("close", () => clearInterval(ping));
}

function refuse(socket: Duplex, error: UserError): void {
  const body = JSON.stringify(problem(error));
  const bye = [
    `HTTP/1.1 ${error.status} ${error.code}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(SAFE_HEADERS).map(([name, value]) => `${name}: ${value}`),
    "Connection: close",
    "",
    body,
  ].join("\r\n");
  // Who does not close his end, or does not read, keeps nothing of ours open.
  const timer = setTimeout(() => socket.destroy(), LEAVE_MS);
  socket.on("close", () => clearTimeout(timer));
  socket.end(bye);
}
