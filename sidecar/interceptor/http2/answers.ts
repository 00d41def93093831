import { constants, type ServerHttp2Stream } from "node:http2";
import { valueOf, type Block } from "./head.js";

/** gRPC's status codes for what we answer ourselves. */
export const GRPC = { deadlineExceeded: 4, unavailable: 14 };

/** What the interceptor answers by itself. */
export interface OwnAnswer {
  status: number;
  /** What gRPC calls it. */
  grpc: number;
  text: string;
  headers: Record<string, string>;
}

/** Answers a stream by ourselves, in one line of plain text, or as gRPC does. */
export function answerStream(
  stream: ServerHttp2Stream,
  request: Block,
  { status, grpc, text, headers }: OwnAnswer,
): void {
  const type = valueOf(request.fields, "content-type") ?? "";
  if (/^application\/grpc\b/.test(type))
    return respond(stream, {
      ":status": "200",
      "content-type": "application/grpc",
      "grpc-status": String(grpc),
      "grpc-message": encodeURI(text),
      ...headers,
    });
  const body = `${text}\n`;
  respond(
    stream,
    {
      ":status": String(status),
      "content-type": "text/plain; charset=utf-8",
      "content-length": String(Buffer.byteLength(body)),
      ...headers,
    },
    body,
  );
}

/** Answers a stream without a body. */
export function answerEmptyStream(
  stream: ServerHttp2Stream,
  status: number,
  headers: Record<string, string>,
): void {
  respond(stream, { ":status": String(status), ...headers });
}

function respond(
  stream: ServerHttp2Stream,
  headers: Record<string, string>,
  body?: string,
): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  stream.respond(lowerCased(headers), {
    endStream: body === undefined,
    sendDate: false,
  } as { endStream: boolean });
  if (body !== undefined) stream.end(body);
  // What the client is still sending is of no use any more.
  const stop = () => stream.close(constants.NGHTTP2_NO_ERROR);
  if (!stream.readableEnded) stream.resume();
  if (stream.writableFinished) stop();
  else stream.once("finish", stop);
}

const lowerCased = (headers: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
