import type { Socket } from "node:net";
import { dirname, join } from "node:path";
import { readConfig } from "./config.js";
import { connectLauncher } from "./control.js";
import { intercept, type Interceptor } from "./interceptor.js";
import { KernelLease } from "./lease.js";

/**
 * How long clients may take to leave when this process is told to end, by a
 * guard whose sidecar is gone, or by hand: killed 6 s after that, it would leave
 * its rules. Who sends a request within that time loses none.
 */
const GOODBYE = 4_000;

const starting = start();
starting.catch((error: unknown) => {
  process.stderr.write(
    `interceptor: ${error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exit(1);
});
process.on("SIGTERM", end);
process.on("SIGINT", end);

async function start(): Promise<Interceptor> {
  const config = readConfig(process.env);
  const launcher =
    config.controlFd === undefined
      ? undefined
      : connectLauncher(config.controlFd, end);
  return intercept({
    port: config.port,
    sidecar: { path: config.socket, token: config.token },
    listen: config.listenFds.map((fd) => ({ fd })),
    plane: config.plane
      ? join(dirname(process.argv[1] ?? ""), "plane.node")
      : undefined,
    original: (socket) => takenOver(socket, config.port),
    lease: (hooks) => new KernelLease(config.port, hooks),
    oldConnections: launcher,
    lost: () => launcher?.reload(),
  });
}

/** With TPROXY a socket's own address is the one its client dialled. */
function takenOver(socket: Socket, appPort: number) {
  const { localAddress: host, localPort: port } = socket;
  // Somebody in the container found the listener's own port: that is no client.
  if (host === undefined || port !== appPort) return undefined;
  return { host, port };
}

function end(): void {
  void starting
    .then((interceptor) => interceptor.stop(GOODBYE))
    .finally(() => process.exit(0));
}
