import type { Socket } from "node:net";
import { MAX_LINE } from "../schema/constants.js";

/** Splits what a socket receives into lines; a line without end breaks the connection. */
export function readLines(
  socket: Socket,
  onLine: (line: string) => void,
): void {
  let rest = "";
  socket.setEncoding("utf8");
  socket.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    for (const line of lines) if (!socket.destroyed) onLine(line);
    if (rest.length > MAX_LINE) socket.destroy();
  });
}
