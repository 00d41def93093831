import { spawn } from "node-pty";

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
  pty.onExit(() => {
    alive = false;
  });
  return {
    pid: pty.pid,
    // node-pty hands a Buffer on as it is, whatever its types say.
    write: (data) => alive && pty.write(data),
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
