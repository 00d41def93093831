import type { Socket } from "node:net";
import { MAX_LINE } from "../schema/constants.js";

/** A table of many sessions is longer than any other message; in characters. */
export const MAX_TABLE_LINE = 16 * MAX_LINE;

/** Splits what a socket receives into lines; one that is too long breaks the connection. */
export function readLines(
  socket: Socket,
  onLine: (line: string) => void,
): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      if (line.length > MAX_TABLE_LINE) socket.destroy();
      if (socket.destroyed) return;
      onLine(line);
    }
    if (rest.length > MAX_TABLE_LINE) socket.destroy();
  });
}
