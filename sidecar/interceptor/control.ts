import { Socket } from "node:net";
import { readLines } from "./lines.js";
import type { OldReport, OldWatch } from "./old-connections.js";

/** The launcher, which stays as the parent: the only one that may touch the kernel's rules. */
export interface Launcher extends OldWatch {
  /** Asks it to load the rules again. */
  reload(): void;
}

/** Opens the line to the launcher; its end means that this process is to end. */
export function connectLauncher(fd: number, onEnd: () => void): Launcher {
  const socket = new Socket({ fd, readable: true, writable: true });
  let listener: ((report: OldReport) => void) | undefined;
  socket.on("error", () => undefined); // "close" follows
  socket.on("close", onEnd);
  readLines(socket, (line) => listener?.(JSON.parse(line) as OldReport));
  return {
    watch: (close) => void socket.write(close ? "c" : "o"),
    onReport: (then) => void (listener = then),
    reload: () => void socket.write("t"),
  };
}
