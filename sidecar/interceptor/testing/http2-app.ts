import {
  connect,
  createServer,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type Http2Session,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type ServerOptions,
} from "node:http2";
import type { AddressInfo, Socket } from "node:net";
import type { App } from "../testbed.js";

/** An app that speaks HTTP/2 in clear. */
export interface Http2App extends App {
  sessions: ServerHttp2Session[];
  /** The header blocks of requests, as they came. */
  heads: string[][];
}

/** Starts an app that answers streams as told. */
export async function startHttp2(
  talk: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void,
  options: ServerOptions = {},
): Promise<Http2App> {
  const sessions: ServerHttp2Session[] = [];
  const heads: string[][] = [];
  const open = new Set<Socket>();
  const server = createServer(options);
  server.on("connection", (socket: Socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
  });
  server.on("sessionError", () => undefined);
  server.on("session", (session) => sessions.push(session));
  server.on(
    "stream",
    (
      stream: ServerHttp2Stream,
      headers: IncomingHttpHeaders,
      _flags: number,
      raw: string[],
    ) => {
      stream.on("error", () => undefined);
      heads.push(raw);
      talk(stream, headers);
    },
  );
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve()),
  );
  return {
    sessions,
    heads,
    open,
    received: [],
    port: (server.address() as AddressInfo).port,
    close() {
      server.close();
      for (const session of sessions) session.destroy();
    },
  };
}

/** A client of a port of loopback. */
export async function dialHttp2(port: number): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${port}`);
  session.on("error", () => undefined);
  await told(session, "remoteSettings");
  return session;
}

const told = (session: Http2Session, event: string): Promise<void> =>
  new Promise((resolve, reject) => {
    (session as NodeJS.EventEmitter).once(event, () => resolve());
    session.once("close", () => reject(new Error("it closed the connection")));
  });

/** All that came back on a stream. */
export interface Seen {
  status: number | undefined;
  headers: IncomingHttpHeaders;
  interim: IncomingHttpHeaders[];
  trailers: IncomingHttpHeaders | undefined;
  body: string;
  /** The code it was closed with. */
  code: number;
  /** Whether its body came to an end. */
  whole: boolean;
}

/** Sends a request with a body, if any; what comes back is collected. */
export function ask(
  session: ClientHttp2Session,
  headers: OutgoingHttpHeaders,
  body?: string,
): Promise<Seen> {
  const stream = session.request(headers, { endStream: body === undefined });
  const seen = collect(stream);
  if (body !== undefined) stream.end(body);
  return seen;
}

/** Collects what comes back, until the stream is closed. */
export function collect(stream: ClientHttp2Stream): Promise<Seen> {
  const seen: Seen = {
    status: undefined,
    headers: {},
    interim: [],
    trailers: undefined,
    body: "",
    code: -1,
    whole: false,
  };
  stream.on("headers", (headers) => seen.interim.push(headers));
  stream.on("response", (headers) => {
    seen.status = headers[":status"];
    seen.headers = headers;
  });
  stream.on(
    "trailers",
    (trailers: IncomingHttpHeaders) => void (seen.trailers = trailers),
  );
  stream.on("data", (bytes: Buffer) => (seen.body += bytes.toString("latin1")));
  stream.on("end", () => (seen.whole = true));
  stream.on("error", () => undefined);
  return new Promise((resolve) =>
    stream.on("close", () => {
      seen.code = stream.rstCode;
      resolve(seen);
    }),
  );
}
