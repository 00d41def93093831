import type { Readable } from "node:stream";
import type { WebSocket } from "ws";
import { pieces, type Piece } from "../../docker/engine/demux.js";
import type { Exec } from "../../docker/engine/engine.js";
import { STDOUT, ToStream, type FromStream } from "../schema/index.js";
import { refusalWatch } from "./not-started.js";

/** How often, and how soon again, a process whose streams have ended is asked for its exit code. */
const EXIT_TRIES = 40;
const EXIT_RETRY_MS = 50;

/**
 * Joins a client with a command that runs in a container, with back-pressure
 * both ways: neither side is read faster than the other takes it.
 */
export function join(
  socket: WebSocket,
  { stream, resize, exitCode }: Exec,
  options: { tty: boolean; left(): void },
): void {
  let over = false;
  socket.on("message", (data: Buffer, binary) => {
    if (!binary) return control(data);
    if (over || !stream.writable || stream.write(data)) return;
    socket.pause();
    stream.once("drain", () => socket.resume());
  });
  socket.on("close", () => {
    if (over) return;
    over = true;
    stream.destroy();
    options.left();
  });
  // A process that has ended reads no more; what it wrote tells how it ended.
  stream.on("error", () => stream.destroy());

  const control = (data: Buffer) => {
    const parsed = ToStream.safeParse(parseJson(data));
    if (!parsed.success) return socket.close(1003, "not a control message");
    if (parsed.data.type === "eof") return void stream.end();
    resize(parsed.data.cols, parsed.data.rows).catch(() => undefined);
  };

  const show = async () => {
    const source = options.tty ? stream : stream.pipe(pieces());
    const watch = refusalWatch();
    for await (const piece of piecesOf(source)) {
      await sendAll(socket, watch.pass(piece));
    }
    const { rest, ...end } = watch.end(await untilExit(exitCode));
    await sendAll(socket, rest);
    if (over) return;
    over = true;
    const last: FromStream = { type: "exit", ...end };
    socket.send(JSON.stringify(last));
    socket.close(1000);
    stream.destroy();
  };
  show().catch(() => socket.terminate());
}

async function* piecesOf(source: Readable): AsyncGenerator<Piece> {
  for await (const chunk of source) {
    yield Buffer.isBuffer(chunk)
      ? { stream: STDOUT, data: chunk }
      : (chunk as Piece);
  }
}

async function sendAll(socket: WebSocket, pieces: Piece[]): Promise<void> {
  for (const { stream: of, data } of pieces) {
    await send(socket, Buffer.concat([Buffer.of(of), data]));
  }
}

/** Resolves when the frame has left: what is not taken is not read either. */
function send(socket: WebSocket, data: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.send(data, { binary: true }, (error) =>
      error ? reject(error) : resolve(),
    );
  });
}

/** The streams end a moment before the process does. */
async function untilExit(exitCode: Exec["exitCode"]): Promise<number> {
  for (let tries = 0; tries < EXIT_TRIES; tries++) {
    const code = await exitCode();
    if (code !== undefined) return code;
    await new Promise((resolve) => setTimeout(resolve, EXIT_RETRY_MS));
  }
  // It closed its streams and went on in the background.
  return 0;
}

function parseJson(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString());
  } catch {
    return undefined;
  }
}
