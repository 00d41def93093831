import type { WebSocket } from "ws";
import type { ActReason, Audit } from "../audit.js";
import type { Controller } from "../controller/controller.js";
import { noMainTerminal, notFound } from "../errors.js";
import { ViewerMessage, type ToViewer } from "../schema/index.js";
import type { Mains } from "../terminals/mains.js";
import type { Pauses } from "../terminals/pauses.js";
import type { Attachment, Terminal, Viewer } from "../terminals/terminal.js";
import { sizeOf, type Upgrade } from "./upgrades.js";
import { withoutColour } from "./without-colour.js";

/** What terminals there are. */
export interface TerminalParts {
  audit: Audit;
  controller: Controller;
  pauses: Pauses;
  mains: Mains;
}

/**
 * Serves the terminals of pauses, and the main ones of sessions' replicas, over
 * WebSocket: binary frames are bytes, text is control.
 */
export function terminalUpgrade(parts: TerminalParts): Upgrade {
  return {
    path: /^\/v1\/(pauses|sessions)\/([^/]+)\/attach$/,
    open: async ([type = "", name = ""], query, by) => {
      const terminal = await find(parts, type, name);
      const session =
        type === "sessions" ? name : parts.pauses.get(name)?.session;
      const object = `${type.slice(0, -1)}/${name}`;
      const done = (reason: ActReason) =>
        parts.audit({ reason, object, session, by });
      const size = sizeOf(query);
      const colour = query.get("colour") !== "false";
      return {
        serve: (socket) => {
          done("AttachedBy");
          // That, not what.
          let typed = false;
          socket.on("message", (_keys, binary) => {
            if (binary && !typed) done("TypedBy");
            typed ||= binary;
          });
          view(socket, terminal, size, colour);
        },
        abandon: () => undefined,
      };
    },
  };
}

/** The terminal that a URL names. */
async function find(
  { controller, pauses, mains }: TerminalParts,
  type: string,
  name: string,
): Promise<Terminal> {
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
  socket.on("message", (data: Buffer, binary) => {
    if (binary) attachment.write(data);
    else control(data, attachment, socket);
  });
  socket.on("close", () => attachment.detach());
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
