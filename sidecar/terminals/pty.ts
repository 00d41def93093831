import { spawn } from "node-pty";
import { createWriter } from "./writer.js";

/** A process on a PTY of its own. Sizes are in character cells. */
export interface Pty {
  readonly pid: number;
  write(data: Buffer): void;
  resize(cols: number, rows: number): void;
  pause(): void;
  resume(): void;
  kill(): void;
  onData(listener: (data: Buffer) => void): void;
  onExit(listener: (code: number) => void): void;
}

/** Spawns a process as the leader of a fresh PTY's session. */
export function openPty(
  file: string,
  args: string[],
  options: { cols: number; rows: number; env: Record<string, string> },
): Pty {
  const pty = spawn(file, args, {
    ...options,
    name: "xterm-256color",
    // Bytes, not strings: a character may be split over two reads.
    encoding: null,
  });
  let alive = true;
  // Its types do not have the descriptor of the master.
  const writer = createWriter((pty as unknown as { fd: number }).fd);
  pty.onExit(() => {
    alive = false;
    writer.end();
  });
  return {
    pid: pty.pid,
    write: (data) => {
      if (alive) writer.write(data);
    },
    resize: (cols, rows) => {
      // A resize after the exit throws EBADF; the exit may not be seen yet.
      try {
        if (alive) pty.resize(cols, rows);
      } catch {
        alive = false;
      }
    },
    pause: () => pty.pause(),
    resume: () => pty.resume(),
    kill: () => {
      try {
        if (alive) pty.kill("SIGKILL");
      } catch {
        alive = false;
      }
    },
    onData: (listener) =>
      void pty.onData((data) => listener(data as unknown as Buffer)),
    onExit: (listener) => void pty.onExit(({ exitCode }) => listener(exitCode)),
  };
}
