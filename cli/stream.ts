import { STDERR } from "../sidecar/schema/constants.js";
import type { FromStream } from "../sidecar/schema/stream.js";
import type { Endpoint } from "./http.js";
import { dial, type Size } from "./link.js";

/** How a stream ended: the program at its other end did, or the network. */
export type StreamEnd =
  | { kind: "exit"; code: number; failure?: string }
  | { kind: "lost"; cause: unknown };

/** A program at the sidecar's side: its standard streams. */
export interface Stream {
  /** Resolves when there is room for more. */
  send(data: Uint8Array): Promise<void>;
  /** Nothing more is sent; what comes goes on coming. */
  end(): void;
  resize(size: Size): void;
  close(): void;
  ended: Promise<StreamEnd>;
}

/** Takes what the program writes; no more comes until it is done. */
export type StreamOutput = (
  of: "stdout" | "stderr",
  data: Uint8Array,
) => void | Promise<void>;

/** Opens a stream; throws what the sidecar refused. */
export async function openStream(
  endpoint: Endpoint,
  path: string,
  onOutput: StreamOutput,
): Promise<Stream> {
  let exit: FromStream | undefined;
  // One after the other: the end is told when all that came before is written.
  let written: Promise<void> = Promise.resolve();
  const { socket, close, closed } = await dial(
    endpoint,
    path,
    (frame, isBinary, from) => {
      if (!isBinary) {
        exit = readExit(frame.toString("utf8")) ?? exit;
        return;
      }
      const of = frame[0] === STDERR ? "stderr" : "stdout";
      const slow = onOutput(of, frame.subarray(1));
      if (!slow) return;
      from.pause();
      written = slow.then(
        () => from.resume(),
        () => from.resume(),
      );
    },
  );
  const tell = (message: object) => {
    if (socket.readyState === socket.OPEN) socket.send(JSON.stringify(message));
  };
  return {
    send: (data) =>
      new Promise((resolve) => {
        if (socket.readyState !== socket.OPEN) return resolve();
        socket.send(data, () => resolve());
      }),
    end: () => tell({ type: "eof" }),
    resize: (size) => tell({ type: "resize", ...size }),
    close,
    ended: closed.then(async ({ failure }): Promise<StreamEnd> => {
      await written;
      if (!exit) return { kind: "lost", cause: failure };
      const { code, failure: refused } = exit;
      return { kind: "exit", code, ...(refused && { failure: refused }) };
    }),
  };
}

function readExit(text: string): FromStream | undefined {
  try {
    const message = JSON.parse(text) as FromStream;
    return message.type === "exit" ? message : undefined;
  } catch {
    return undefined; // a control frame of a later version
  }
}
