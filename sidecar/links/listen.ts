import { chmod, mkdir, rm } from "node:fs/promises";
import net from "node:net";
import { dirname } from "node:path";

/** How long a peer may take to show its token, in milliseconds. */
const GREETING_MS = 5_000;

/** So many may be about to: where there are more, those that have waited longest go. */
export const MAX_STRANGERS = 100;

/** How long a crowd may grow before they do, in milliseconds. */
const CROWD_MS = 50;

/** Takes a connection; calls `met` once it has seen the token, else it is closed soon. */
export type Accept = (socket: net.Socket, met: () => void) => void;

/**
 * Listens on a unix socket that any user may connect to, from any container
 * that has the volume: who may is decided by the token in the first line.
 */
export async function listenUnix(
  path: string,
  accept: Accept,
): Promise<net.Server> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await rm(path, { force: true });
  const strangers = new Map<net.Socket, NodeJS.Timeout>();
  const forget = (socket: net.Socket) => {
    clearTimeout(strangers.get(socket));
    strangers.delete(socket);
  };
  let thinning = false;
  const thin = () => {
    thinning = false;
    for (const oldest of [...strangers.keys()]) {
      if (strangers.size <= MAX_STRANGERS) break;
      forget(oldest);
      oldest.destroy();
    }
  };
  const server = net.createServer((socket) => {
    const met = () => forget(socket);
    strangers.set(
      socket,
      setTimeout(() => socket.destroy(), GREETING_MS),
    );
    socket.on("error", () => socket.destroy());
    socket.on("close", met);
    if (strangers.size > MAX_STRANGERS && !thinning) {
      thinning = true;
      // Only after all that has come in until then was read.
      setTimeout(() => setImmediate(thin), CROWD_MS);
    }
    accept(socket, met);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  // Whoever could not be accepted, such as for want of descriptors, dials again.
  server.on("error", () => undefined);
  await chmod(path, 0o777);
  return server;
}
