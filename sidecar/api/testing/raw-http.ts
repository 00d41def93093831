import { connect } from "node:net";

/** A request as it goes out, whatever HTTP says of it. */
export interface RawRequest {
  method: string;
  /** Path and query, as they stand in the first line. */
  target: string;
  headers: Record<string, string>;
  body: Buffer;
}

export interface RawAnswer {
  status: number;
  type: string;
  body: string;
}

/** Nothing here takes as long, unless it hangs. */
const PATIENCE_MS = 10_000;

/**
 * Sends a request and reads its answer, of a stream only its head. Undefined
 * where the connection was closed without one; rejects where nothing comes.
 */
export function rawAsk(
  host: string,
  { method, target, headers, body }: RawRequest,
): Promise<RawAnswer | undefined> {
  const [address = "", port] = host.split(":");
  const fields = Object.entries({ host, connection: "close", ...headers });
  const head = [
    `${method} ${target} HTTP/1.1`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
    ...(body.length > 0 ? [`content-length: ${body.length}`] : []),
    "\r\n",
  ].join("\r\n");
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address, port: Number(port) });
    let text = "";
    const timer = setTimeout(() => {
      socket.destroy();
      reject(new Error(`no answer to ${head}`));
    }, PATIENCE_MS);
    const end = () => {
      clearTimeout(timer);
      socket.destroy();
      resolve(text === "" ? undefined : read(text));
    };
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      if (/\r\ncontent-type: text\/event-stream/i.test(text)) end();
    });
    socket.on("error", () => undefined); // "close" follows
    socket.on("close", end);
    socket.write(head, "latin1");
    socket.write(body);
  });
}

function read(text: string): RawAnswer {
  const end = text.indexOf("\r\n\r\n");
  const head = text.slice(0, end);
  const [, type = ""] = /\r\ncontent-type: ([^\r]*)/i.exec(head) ?? [];
  const rest = text.slice(end + 4);
  const chunked = /\r\ntransfer-encoding: chunked/i.test(head);
  const body = chunked ? unchunked(rest) : rest;
  return {
    status: Number(head.split(" ")[1]),
    type,
    body: Buffer.from(body, "latin1").toString(),
  };
}

function unchunked(text: string): string {
  const end = text.indexOf("\r\n");
  const size = Number.parseInt(text.slice(0, end), 16);
  if (!(size > 0)) return "";
  const chunk = text.slice(end + 2, end + 2 + size);
  return chunk + unchunked(text.slice(end + 2 + size + 2));
}
