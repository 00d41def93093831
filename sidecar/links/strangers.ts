import type net from "node:net";

/** So many may be connected to a socket without having shown a token. */
export const MAX_STRANGERS = 64;

/** How long one may take to show it, in ms. */
const HELLO_MS = 5_000;

/** Connections that have not shown a token yet: anybody who has the volume can make some. */
export interface Strangers {
  /** One has connected; where there are too many, the oldest is hung up on. */
  came(socket: net.Socket): void;
  /** It has shown its token. */
  known(socket: net.Socket): void;
}

/** None yet. Who has a token shows it with the first bytes, so a crowd cannot keep it out. */
export function createStrangers(most = MAX_STRANGERS): Strangers {
  const waiting = new Map<net.Socket, NodeJS.Timeout>();
  const known = (socket: net.Socket) => {
    clearTimeout(waiting.get(socket));
    waiting.delete(socket);
  };
  return {
    came: (socket) => {
      const [oldest] = waiting.keys();
      if (waiting.size >= most && oldest) {
        known(oldest);
        oldest.destroy();
      }
      waiting.set(
        socket,
        setTimeout(() => socket.destroy(), HELLO_MS),
      );
      socket.on("close", () => known(socket));
    },
    known,
  };
}
