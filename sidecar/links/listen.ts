import { chmod, mkdir, rm } from "node:fs/promises";
import net from "node:net";
import { dirname } from "node:path";

/**
 * Listens on a unix socket that any user may connect to, from any container
 * that has the volume: who may is decided by the token in the first line.
 */
export async function listenUnix(
  path: string,
  accept: (socket: net.Socket) => void,
): Promise<net.Server> {
  await mkdir(dirname(path), { recursive: true, mode: 0o755 });
  await rm(path, { force: true });
  const server = net.createServer(accept);
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(path, resolve);
  });
  await chmod(path, 0o777);
  return server;
}
