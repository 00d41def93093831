import { spawn } from "node-pty";

/** Nothing that is measured here takes as long, unless it hangs. */
const PATIENCE_MS = 20_000;

/** A command on a PTY; says when a text was shown, to a fraction of a millisecond. */
export interface Watched {
  type(text: string): void;
  /** Forgets what was shown so far. */
  clear(): void;
  /** When this text is shown, or was shown since the last `clear`. */
  sees(text: string): Promise<number>;
  end(): void;
}

/** Starts a command on a PTY of its own. */
export function watch(
  command: string,
  args: string[],
  env: Record<string, string> = {},
): Watched {
  const pty = spawn(command, args, {
    cols: 100,
    rows: 30,
    name: "xterm-256color",
    env: { ...(process.env as Record<string, string>), ...env },
  });
  let shown = "";
  let seen = 0;
  let look = () => {};
  pty.onData((data) => {
    shown += data;
    seen = performance.now();
    look();
  });
  return {
    type: (text) => pty.write(text),
    clear: () => (shown = ""),
    sees: (text) =>
      new Promise((resolve, reject) => {
        const late = setTimeout(
          () => reject(new Error(`no ${text} on: ${shown.slice(-500)}`)),
          PATIENCE_MS,
        );
        look = () => {
          if (!shown.includes(text)) return;
          look = () => {};
          clearTimeout(late);
          resolve(seen);
        };
        look();
      }),
    end: () => pty.kill(),
  };
}
