import { createServer, connect, type AddressInfo, type Server } from "node:net";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";

const SOCKET = "/var/run/docker.sock";

/** The Engine of this machine at another address, as one elsewhere would be. */
export interface Relayed {
  port: number;
  /** Connections that were made so far. */
  count(): number;
  /** Breaks all connections that there are, as a network that goes does. */
  cut(): void;
  end(): void;
}

/** Lets the Engine be reached at a port of loopback; with TLS where there is material. */
export async function relayEngine(tls?: TlsOptions): Promise<Relayed> {
  let count = 0;
  const open = new Set<{ destroy(): unknown }>();
  const serve = (client: NodeJS.ReadWriteStream & { destroy(): unknown }) => {
    count += 1;
    const engine = connect({ path: SOCKET, allowHalfOpen: true });
    open.add(client).add(engine);
    client.on("error", () => engine.destroy());
    engine.on("error", () => client.destroy());
    client.pipe(engine).pipe(client);
  };
  const server: Server = tls
    ? createTlsServer({ ...tls, allowHalfOpen: true }, serve)
    : createServer({ allowHalfOpen: true }, serve);
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const cut = () => {
    for (const each of open) each.destroy();
    open.clear();
  };
  return {
    port: (server.address() as AddressInfo).port,
    count: () => count,
    cut,
    end: () => {
      cut();
      server.close();
    },
  };
}
