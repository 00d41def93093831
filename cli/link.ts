import type { IncomingMessage } from "node:http";
import type { ToViewer } from "../sidecar/schema/terminal.js";
import { fromServer } from "./errors.js";
import { authorization, explain, readProblem, type Endpoint } from "./http.js";

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
const HANDSHAKE_TIMEOUT_MS = 10_000;

/** Opens a connection to a terminal; throws what the sidecar refused. */
export async function openLink(
  endpoint: Endpoint,
  path: string,
  onOutput: OnOutput,
): Promise<Link> {
  const { WebSocket } = await import("ws");
  const socket = new WebSocket(`${endpoint.url}${path}`, {
    headers: authorization(endpoint),
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    perMessageDeflate: false,
  });
  let exit: string | undefined;
  let failure: unknown;
  let alive = true;

  socket.on("message", (data: Buffer, isBinary) => {
    if (!isBinary) {
      exit = exitMessage(data.toString("utf8")) ?? exit;
      return;
    }
    const slow = onOutput(data);
    if (!slow) return;
    socket.pause();
    const resume = () => socket.resume();
    slow.then(resume, resume);
  });
  socket.on("pong", () => (alive = true));
  const pinging = setInterval(() => {
    if (!alive) {
      failure = new Error("no sign of life");
      socket.terminate();
    } else if (socket.readyState === WebSocket.OPEN) {
      alive = false;
      socket.ping();
    }
  }, PING_EVERY_MS);

  const ended = new Promise<LinkEnd>((resolve) => {
    socket.on("close", (code) => {
      clearInterval(pinging);
      if (exit !== undefined || code === 1000) {
        resolve({ kind: "exit", message: exit ?? "the terminal was closed" });
      } else {
        resolve({
          kind: "lost",
          cause: failure ?? new Error(`the connection was closed (${code})`),
        });
      }
    });
  });

  await new Promise<void>((resolve, reject) => {
    socket.on("open", resolve);
    socket.on("error", (error) => {
      failure ??= error;
      reject(explain(error, endpoint));
    });
    socket.on("unexpected-response", (_request, response: IncomingMessage) => {
      readProblem(response)
        .then((problem) => reject(fromServer(problem)), reject)
        .finally(() => socket.terminate());
    });
  });

  return {
    send: (keys) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(keys);
    },
    resize: (size) => {
      if (socket.readyState !== WebSocket.OPEN) return;
      socket.send(JSON.stringify({ type: "resize", ...size }));
    },
    close: () => {
      socket.close(1000);
      // The sidecar need not agree that we leave.
      setTimeout(() => socket.terminate(), 1_000).unref();
    },
    ended,
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
