import {
  createServer,
  request,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import { PassThrough, type Duplex, type Transform } from "node:stream";

const ENGINE = "/var/run/docker.sock";

/** A call of the Engine's API, as it was made. */
export interface EngineCall {
  method: string;
  /** With its version and its query. */
  url: string;
}

/** What stands before the Engine, and lets through only what it is told to. */
export interface EngineProxy {
  passed: EngineCall[];
  refused: EngineCall[];
  end(): void;
}

/**
 * Listens at a path; calls that are not allowed get a 403.
 * @param alter what the answer to a call goes through
 */
export async function filterEngine(
  path: string,
  allows: (call: EngineCall) => boolean,
  alter: (call: EngineCall) => Transform | undefined = () => undefined,
): Promise<EngineProxy> {
  const passed: EngineCall[] = [];
  const refused: EngineCall[] = [];
  const admits = ({ method = "", url = "" }: IncomingMessage) => {
    const call = { method, url };
    const allowed = allows(call);
    (allowed ? passed : refused).push(call);
    return allowed;
  };
  const server = createServer((incoming, outgoing) => {
    if (admits(incoming)) {
      const { method = "", url = "" } = incoming;
      return pass(incoming, outgoing, alter({ method, url }));
    }
    outgoing.writeHead(403, { "content-type": "application/json" });
    outgoing.end(JSON.stringify({ message: REFUSAL }));
  });
  server.on("upgrade", (incoming, socket, head) => {
    socket.on("error", () => socket.destroy());
    if (admits(incoming)) return void upgrade(incoming, socket, head);
    const body = JSON.stringify({ message: REFUSAL });
    socket.end(
      `HTTP/1.1 403 Forbidden\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    );
  });
  server.listen(path);
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    passed,
    refused,
    end: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const REFUSAL = "refused by the proxy";

/** The same call to the Engine itself, on a connection of its own. */
const ask = ({ method, url, headers }: IncomingMessage) =>
  request({ socketPath: ENGINE, agent: false, method, path: url, headers });

function pass(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  altered = new PassThrough(),
): void {
  const asked = ask(incoming);
  asked.on("error", () => outgoing.destroy());
  outgoing.on("close", () => asked.destroy());
  asked.on("response", (answer) => {
    outgoing.writeHead(answer.statusCode ?? 500, answer.rawHeaders);
    // Events and logs may have nothing to say yet.
    outgoing.flushHeaders();
    answer.on("error", () => outgoing.destroy());
    answer.pipe(altered).pipe(outgoing);
  });
  incoming.pipe(asked);
}

/** Attach and exec: after the answer, the connection is the program's. */
async function upgrade(
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const asked = ask(incoming);
  asked.on("error", () => socket.destroy());
  asked.on("upgrade", (answer, engine, first) => {
    socket.write(headOf(answer, answer.rawHeaders));
    socket.write(first);
    engine.on("error", () => socket.destroy());
    socket.on("close", () => engine.destroy());
    engine.on("close", () => socket.end());
    engine.pipe(socket).pipe(engine);
  });
  asked.on("response", (answer) => {
    // Once, and to the end: nothing else may be asked on this connection.
    socket.write(headOf(answer, ["Connection", "close"]));
    answer.pipe(socket);
  });
  socket.unshift(head);
  const length = Number(incoming.headers["content-length"] ?? 0);
  asked.end(await take(socket, length));
}

function headOf(answer: IncomingMessage, headers: string[]): string {
  let text = `HTTP/1.1 ${answer.statusCode} ${answer.statusMessage}\r\n`;
  for (let at = 0; at < headers.length; at += 2) {
    text += `${headers[at]}: ${headers[at + 1]}\r\n`;
  }
  return `${text}\r\n`;
}

/** So many bytes: the body of a call that is to be upgraded is left in its stream. */
async function take(stream: Duplex, length: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let left = length;
  while (left > 0) {
    const chunk = stream.read() as Buffer | null;
    if (chunk === null) {
      await new Promise((resolve) => stream.once("readable", resolve));
      continue;
    }
    chunks.push(chunk.subarray(0, left));
    if (chunk.length > left) stream.unshift(chunk.subarray(left));
    left -= Math.min(left, chunk.length);
  }
  return Buffer.concat(chunks);
}
