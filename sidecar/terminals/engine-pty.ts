import type { Duplex } from "node:stream";
import type { Engine } from "../../docker/engine/engine.js";
import type { Pty } from "./pty.js";

/** So many lines of the log are shown to who comes first. */
const TAIL = 100;

/**
 * A container's own TTY, through the Engine, after the last lines of its log.
 * Killing it leaves the container alone.
 */
export async function attachContainer(
  engine: Engine,
  container: string,
): Promise<Pty> {
  // The log before the stream: what comes between the two is shown by neither,
  // the other way round a line would be shown twice and a prompt cut in two.
  const log = await engine.logs(container, true, { tail: TAIL });
  const before: Buffer[] = [];
  for await (const chunk of log) before.push(chunk as Buffer);
  const stream = await engine.attach(container);
  return overStream(stream, Buffer.concat(before), (cols, rows) => {
    // One that has just ended has no size any more.
    engine.resize(container, cols, rows).catch(() => undefined);
  });
}

function overStream(
  stream: Duplex,
  before: Buffer,
  resize: Pty["resize"],
): Pty {
  stream.on("error", () => stream.destroy());
  return {
    pid: 0,
    resize,
    write: (data) => {
      if (stream.writable) stream.write(data);
    },
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    kill: () => void stream.destroy(),
    onData: (listener) => {
      if (before.length > 0) listener(before);
      stream.on("data", listener);
    },
    onExit: (listener) => void stream.on("close", () => listener(0)),
  };
}
