import type { Duplex } from "node:stream";
import { demux } from "../demux.js";
import type { EngineHttp } from "./engine-http.js";
import { StreamSocket } from "./stream-socket.js";

/** What is told of a program's stderr, in characters. */
const WORDS = 1000;

/** A program that ended with words on its stderr. */
export class ExecFailed extends Error {
  constructor(readonly said: string) {
    super(said);
    this.name = "ExecFailed";
  }
}

/**
 * Runs a program in a container and gives its stdin and stdout as a socket,
 * which breaks with what it said on stderr, if it said something.
 */
export async function openExec(
  http: EngineHttp,
  container: string,
  command: string[],
): Promise<Duplex> {
  const { Id } = await http.json<{ Id: string }>({
    method: "POST",
    path: `/containers/${encodeURIComponent(container)}/exec`,
    body: {
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Cmd: command,
    },
  });
  const raw = await http.upgrade({
    method: "POST",
    path: `/exec/${Id}/start`,
    body: { Detach: false, Tty: false },
  });
  let said = "";
  const stdout = demux((bytes) => {
    said = (said + bytes.toString()).slice(-WORDS);
  });
  // First, so that the reason is heard before the end.
  stdout.on("end", () => {
    if (said.trim()) socket.destroy(new ExecFailed(said.trim()));
  });
  const socket = new StreamSocket(stdout, raw, () => raw.destroy());
  raw.on("error", (error) => socket.destroy(error));
  raw.pipe(stdout);
  return socket;
}
