import type { Size } from "./link.js";
import type { Streams } from "./streams.js";
import { followModes } from "./terminal-modes.js";

/** The size told for output that is not a terminal. */
const NO_TTY_SIZE: Size = { cols: 80, rows: 24 };

/** The user's own terminal, lent to a remote one. */
export interface LocalTty {
  size(): Size;
  onResize(listener: () => void): void;
  /** Writes what the remote side draws; a promise while the output is full. */
  write(bytes: Uint8Array): void | Promise<void>;
  /** Whether the cursor stands at the beginning of a line. */
  atLineStart(): boolean;
  /** Undoes what the remote side left on and empties the screen. */
  clear(): void;
  /** Everything as before; may be called more than once. */
  restore(): void;
}

/**
 * Puts the user's terminal into raw mode (if it is one) until `restore`, which
 * also comes by itself when the process ends.
 */
export function takeTty(
  { in: input, out: output }: Streams,
  atExit: (restore: () => void) => () => void,
): LocalTty {
  const modes = followModes();
  const resized: (() => void)[] = [];
  let lineStart = true;
  let taken = true;

  const release = atExit(restore);
  if (input.isTTY) input.setRawMode?.(true);

  function undoModes(): void {
    const undo = modes.reset();
    if (output.isTTY && undo) output.write(undo);
  }
  function restore(): void {
    if (!taken) return;
    taken = false;
    release();
    for (const listener of resized) output.off("resize", listener);
    try {
      if (input.isTTY) input.setRawMode?.(false);
    } catch {
      // The terminal itself is gone: nothing is left to restore.
    }
    undoModes();
  }

  return {
    size: () => ({
      cols: output.columns || NO_TTY_SIZE.cols,
      rows: output.rows || NO_TTY_SIZE.rows,
    }),
    onResize(listener) {
      resized.push(listener);
      output.on("resize", listener);
    },
    write(bytes) {
      if (bytes.length === 0) return;
      // First of all: somebody waits for the echo of a key.
      const room = output.write(bytes);
      modes.saw(bytes);
      lineStart = bytes.at(-1) === 0x0a;
      if (room || output.destroyed) return;
      return new Promise((resolve) => {
        output.once("drain", resolve);
        output.once("close", resolve);
      });
    },
    atLineStart: () => lineStart,
    clear() {
      undoModes();
      if (output.isTTY) output.write("\x1b[H\x1b[2J");
    },
    restore,
  };
}
