import { writeSync } from "node:fs";

/** How long what a full descriptor did not take waits, in milliseconds. */
const AGAIN_MS = 5;

/**
 * Writes to a descriptor that does not block, in order: at once, where there
 * is room. Somebody waits for the echo of a key: node-pty's own way is through
 * the thread pool, and with no room it tries again as fast as it can.
 */
export function createWriter(
  fd: number,
  write: (fd: number, data: Uint8Array) => number = writeSync,
): { write(data: Uint8Array): void; end(): void } {
  let waiting: Uint8Array[] = [];
  let timer: NodeJS.Timeout | undefined;

  const flush = () => {
    timer = undefined;
    try {
      for (;;) {
        const first = waiting[0];
        if (first === undefined) return;
        const written = write(fd, first);
        if (written < first.length) waiting[0] = first.subarray(written);
        else waiting.shift();
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EAGAIN") {
        timer = setTimeout(flush, AGAIN_MS);
      } else {
        // The other side is gone: that is told by its exit.
        waiting = [];
      }
    }
  };

  return {
    write: (data) => {
      if (data.length === 0) return;
      waiting.push(data);
      if (!timer) flush();
    },
    end: () => {
      clearTimeout(timer);
      waiting = [];
    },
  };
}
