import { Agent, type AgentOptions } from "node:http";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { EngineEndpoint } from "./endpoint.js";

/** How long an address may take to accept. */
const CONNECT_TIMEOUT_MS = 10_000;

/** Opens a connection to an Engine. */
export async function dial(endpoint: EngineEndpoint): Promise<Duplex> {
  switch (endpoint.kind) {
    case "unix":
      return connected(connect(endpoint.path), "connect");
    case "tcp": {
      const { host, port, tls } = endpoint;
      if (!tls) return connected(connect(port, host), "connect");
      const { connect: secure } = await import("node:tls");
      const { verify, ...material } = tls;
      const options = { host, port, ...material, rejectUnauthorized: verify };
      return connected(
        // An address has no name to be asked for.
        secure({
          ...options,
          ...(/[a-z]/i.test(host) && { servername: host }),
        }),
        "secureConnect",
      );
    }
    case "ssh": {
      const { dialSsh } = await import("./ssh.js");
      return dialSsh(endpoint);
    }
  }
}

/** An HTTP agent whose connections are made by a function, and kept. */
export class DialAgent extends Agent {
  readonly #dial: () => Promise<Duplex>;

  constructor(dialling: () => Promise<Duplex>, options?: AgentOptions) {
    super({ keepAlive: true, ...options });
    this.#dial = dialling;
  }

  override createConnection(
    _options: unknown,
    done?: (error: Error | null, socket: Duplex) => void,
  ): undefined {
    this.#dial().then(
      (socket) => done?.(null, socket),
      // Node itself passes no socket then.
      (error: Error) => done?.(error, undefined as unknown as Duplex),
    );
  }
}

function connected(socket: Socket, event: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    socket.setTimeout(CONNECT_TIMEOUT_MS, () => {
      const seconds = CONNECT_TIMEOUT_MS / 1000;
      const error = new Error(`no connection within ${seconds}s`);
      socket.destroy(Object.assign(error, { code: "ETIMEDOUT" }));
    });
    socket.once("error", reject);
    socket.once(event, () => {
      socket.setTimeout(0);
      socket.removeAllListeners("timeout");
      socket.off("error", reject);
      resolve(socket);
    });
  });
}
