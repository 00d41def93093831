import type { IncomingMessage } from "node:http";
import type { WebSocket } from "ws";
import type { ToViewer } from "../sidecar/schema/terminal.js";
import { fromServer } from "./errors.js";
import {
  authorization,
  explain,
  readProblem,
  since,
  type Endpoint,
} from "./http.js";

/** A terminal's size in characters. */
export interface Size {
  cols: number;
  rows: number;
}

/** How a connection to a terminal ended: the terminal did, or the network. */
export type LinkEnd =
  { kind: "exit"; message: string } | { kind: "lost"; cause: unknown };

/** A connection to a terminal of the sidecar. */
export interface Link {
  send(keys: Uint8Array): void;
  resize(size: Size): void;
  /** Leaves; the terminal goes on. */
  close(): void;
  ended: Promise<LinkEnd>;
}

/** Takes the terminal's bytes, the first being the screen as it stands; no more come until it is done. */
export type OnOutput = (bytes: Uint8Array) => void | Promise<void>;

/** A peer that is silent for two of these is taken for gone. */
const PING_EVERY_MS = 10_000;
/**
 * The same where a connection is made anew when it is lost: an end of the sidecar
 * is not always heard of, since its network goes with it, and a pause waits 8 s.
 */
const PING_TERMINAL_MS = 2_500;
const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * Opens a connection to a terminal; throws what the sidecar refused. Each key
 * goes to and fro, so Docker's proxy is left out where that is possible.
 */
export async function openLink(
  endpoint: Endpoint,
  path: string,
  onOutput: OnOutput,
): Promise<Link> {
  let exit: string | undefined;
  const dialled = await dial(
    endpoint,
    path,
    (data, isBinary, socket) => {
      if (!isBinary) {
        exit = exitMessage(data.toString("utf8")) ?? exit;
        return;
      }
      const slow = onOutput(data);
      if (!slow) return;
      socket.pause();
      const resume = () => socket.resume();
      slow.then(resume, resume);
    },
    { every: PING_TERMINAL_MS, mayStall: false },
  );
  const { socket, send, close } = dialled;
  return {
    send,
    resize: (size) => {
      if (socket.readyState !== socket.OPEN) return;
      socket.send(JSON.stringify({ type: "resize", ...size }));
    },
    close,
    ended: dialled.closed.then(({ code, failure }) =>
      exit !== undefined || code === 1000
        ? { kind: "exit", message: exit ?? "the terminal was closed" }
        : { kind: "lost", cause: failure },
    ),
  };
}

/** What a peer sends; it is heard from the first frame on. */
type OnFrame = (data: Buffer, isBinary: boolean, socket: WebSocket) => void;

/** An open WebSocket of the sidecar. */
export interface Dialled {
  socket: WebSocket;
  send: (data: Uint8Array) => void;
  /** Leaves, whether the sidecar agrees or not. */
  close: () => void;
  closed: Promise<{ code: number; failure: unknown }>;
}

/** How it is found out that the sidecar is no longer there. */
interface Pings {
  /** In milliseconds. */
  every: number;
  /** It reads nothing while its program takes nothing, pings neither: it is asked elsewhere. */
  mayStall: boolean;
}

/** Opens a WebSocket, at the sidecar's own address where that is possible; throws what the sidecar refused. */
export async function dial(
  endpoint: Endpoint,
  path: string,
  onFrame: OnFrame,
  pings: Pings = { every: PING_EVERY_MS, mayStall: true },
): Promise<Dialled> {
  if (endpoint.direct) {
    const { host } = new URL(endpoint.url);
    const { isTheSidecar } = await import("./identity.js");
    // Its container may have ended, and its address be somebody else's since.
    if (!(await isTheSidecar(endpoint.direct, endpoint.token, host))) {
      delete endpoint.direct;
    }
  }
  if (endpoint.direct) {
    try {
      return await open(endpoint, endpoint.direct, path, onFrame, pings);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
      delete endpoint.direct;
    }
  }
  return open(endpoint, endpoint.url, path, onFrame, pings);
}

/** No connection came about at the sidecar's own address. */
class Unreachable extends Error {}

async function open(
  endpoint: Endpoint,
  base: string,
  path: string,
  onFrame: OnFrame,
  pings: Pings,
): Promise<Dialled> {
  const { WebSocket } = await import("ws");
  const direct = base === endpoint.direct;
  // The sidecar answers only to the names under which it is published.
  const { host } = new URL(endpoint.url);
  const socket = new WebSocket(`${base}${path}`, {
    headers: { ...authorization(endpoint), host },
    ...(endpoint.agent && { agent: endpoint.agent }),
    // Before it agrees, the sidecar opens what was asked for.
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    perMessageDeflate: false,
  });
  let failure: unknown;
  let alive = true;

  socket.on("message", (data: Buffer, isBinary) => {
    alive = true;
    onFrame(data, isBinary, socket);
  });
  socket.on("pong", () => (alive = true));
  const isThere = async () => {
    if (!pings.mayStall) return false;
    const { isTheSidecar } = await import("./identity.js");
    return isTheSidecar(base, endpoint.token, host, endpoint.agent);
  };
  const look = async () => {
    // What a slow terminal has not taken yet is not read, nor what comes after it.
    if (socket.isPaused || socket.readyState !== WebSocket.OPEN) return;
    if (!alive && !(await isThere()) && !alive) {
      failure ??= new Error("no sign of life");
      socket.terminate();
    } else if (alive) {
      alive = false;
      socket.ping();
    }
  };
  const pinging = setInterval(() => void look(), pings.every);

  const closed = new Promise<{ code: number; failure: unknown }>((resolve) => {
    socket.on("close", (code) => {
      clearInterval(pinging);
      failure ??= new Error(`the connection was closed (${code})`);
      resolve({ code, failure });
    });
  });

  const begin = performance.now();
  await new Promise<void>((resolve, reject) => {
    socket.on("open", () => {
      endpoint.trace?.(`WebSocket ${base}${path}: open ${since(begin)}`);
      resolve();
    });
    socket.on("error", (error) => {
      failure ??= error;
      reject(direct ? new Unreachable() : explain(error, endpoint));
    });
    socket.on("unexpected-response", (_request, response: IncomingMessage) => {
      readProblem(response)
        .then((problem) => reject(fromServer(problem)), reject)
        .finally(() => socket.terminate());
    });
  });

  return {
    socket,
    send: (data) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(data);
    },
    close: () => {
      socket.close(1000);
      // The sidecar need not agree that we leave.
      setTimeout(() => socket.terminate(), 1_000).unref();
    },
    closed,
  };
}

function exitMessage(text: string): string | undefined {
  try {
    const message = JSON.parse(text) as ToViewer;
    return message.type === "exit" ? message.message : undefined;
  } catch {
    return undefined; // a control frame of a later version
  }
}
