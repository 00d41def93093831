import { Socket } from "node:net";

/** The launcher, which stays as the parent: the only one that may touch the kernel's rules. */
export interface Launcher {
  /** Asks it to cut the idle connections that are older than the takeover. */
  cut(): void;
  /** Asks it to load the rules again. */
  reload(): void;
}

/** Opens the line to the launcher; its end means that this process is to end. */
export function connectLauncher(fd: number, onEnd: () => void): Launcher {
  const socket = new Socket({ fd, readable: true, writable: true });
  socket.on("error", () => undefined); // "close" follows
  socket.on("close", onEnd);
  socket.resume();
  return {
    cut: () => void socket.write("c"),
    reload: () => void socket.write("t"),
  };
}
