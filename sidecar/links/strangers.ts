import type net from "node:net";

/** So many may be connected to a socket without having shown a token. */
export const MAX_STRANGERS = 64;

/** How long one may take to show it, in ms. */
const HELLO_MS = 5_000;

/** How long a crowd may grow before its oldest go, in ms. */
const CROWD_MS = 50;

/** Connections that have not shown a token yet: anybody who has the volume can make some. */
export interface Strangers {
  /** One has connected; where there are too many, the oldest are hung up on. */
  came(socket: net.Socket): void;
  /** It has shown its token. */
  known(socket: net.Socket): void;
}

/** None yet. Who has a token shows it with the first bytes, so neither a crowd nor its going keeps it out. */
export function createStrangers(most = MAX_STRANGERS): Strangers {
  const waiting = new Map<net.Socket, NodeJS.Timeout>();
  const known = (socket: net.Socket) => {
    clearTimeout(waiting.get(socket));
    waiting.delete(socket);
  };
  let thinning = false;
  const thin = () => {
    thinning = false;
    for (const oldest of [...waiting.keys()]) {
      if (waiting.size <= most) break;
      known(oldest);
      oldest.destroy();
    }
  };
  return {
    came: (socket) => {
      waiting.set(
        socket,
        setTimeout(() => socket.destroy(), HELLO_MS),
      );
      socket.on("close", () => known(socket));
      if (waiting.size <= most || thinning) return;
      thinning = true;
      // Only after all that has come in until then was read.
      setTimeout(() => setImmediate(thin), CROWD_MS);
    },
    known,
  };
}
