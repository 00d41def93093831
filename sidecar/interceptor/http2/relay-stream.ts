import {
  constants,
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import type { Meter } from "../tally.js";
import { blockOf, sending, valueOf, type Block } from "./head.js";

const { NGHTTP2_CANCEL, NGHTTP2_INTERNAL_ERROR, NGHTTP2_NO_ERROR } = constants;

/** What the owner of a stream decides about its relay. */
export interface StreamHooks {
  /** Told of the bodies' bytes. */
  meter?: Meter;
  /** Told the status of the app's answer. */
  answered?(status: number): void;
  /** The answer's head as it is to be sent; as received, if absent. */
  answer?(head: Block): Block;
  /** The app's stream ended before an answer; whether that was seen to. */
  failed?(code: number): boolean;
}

/** A stream on its way to an app and back. */
export interface Relayed {
  /** Whether the app has begun its answer. */
  readonly answered: boolean;
  /** Resolves when both sides are done, or as soon as `failed` has seen to it. */
  readonly over: Promise<void>;
  /** Takes it from the app, without an answer to the client. */
  cancel(): void;
}

/** What a client sends on a stream. Its trailers may have come before the app is reached. */
export interface StreamRequest {
  stream: ServerHttp2Stream;
  head: Block;
  trailers: () => Block | undefined;
}

/** Keeps a stream's trailers from its beginning on. */
export function requestOn(
  stream: ServerHttp2Stream,
  head: Block,
): StreamRequest {
  let trailers: Block | undefined;
  onRaw(stream, "trailers", (block) => (trailers = block));
  return { stream, head, trailers: () => trailers };
}

/** Relays one stream to an app: heads, bodies, trailers, ends and resets, both ways. */
export function relayStream(
  from: StreamRequest,
  session: ClientHttp2Session,
  hooks: StreamHooks = {},
): Relayed {
  const { stream: client, head: request } = from;
  const app = sending(request, (headers) =>
    session.request(headers, {
      endStream: request.last,
      waitForTrailers: !request.last,
    }),
  );
  let trailers: Block | undefined;
  onRaw(app, "trailers", (block) => (trailers = block));
  let answered = false;
  let cancelled = false;
  const isLive = () => !cancelled && !client.destroyed && !client.closed;

  app.on("error", () => undefined); // "close" follows
  app.on("headers", (headers, flags, raw?: string[]) => {
    if (!isLive() || client.headersSent) return;
    sending(blockOf(headers, flags, raw ?? []), (fields) =>
      client.additionalHeaders(fields),
    );
  });
  onRaw(app, "response", (head) => {
    if (!isLive()) return;
    answered = true;
    hooks.answered?.(Number(valueOf(head.fields, ":status")));
    const answer = hooks.answer?.(head) ?? head;
    sending(answer, (headers) =>
      client.respond(headers, {
        endStream: head.last,
        waitForTrailers: !head.last,
        sendDate: false,
      } as { endStream: boolean; waitForTrailers: boolean }),
    );
    if (head.last) return;
    passOn(app, client, () => trailers);
    app.on("data", (chunk: Buffer) => hooks.meter?.sent(chunk.length));
  });
  if (!request.last) {
    passOn(client, app, from.trailers);
    client.on("data", (chunk: Buffer) => hooks.meter?.received(chunk.length));
  }

  const over = new Promise<void>((resolve) => {
    app.once("close", () => {
      if (cancelled) return resolve();
      if (!answered && isLive() && hooks.failed?.(app.rstCode)) {
        cancelled = true;
        return resolve();
      }
      finish(client, app.rstCode, answered);
      if (client.destroyed) resolve();
      else client.once("close", resolve);
    });
    client.once("close", () => {
      if (app.destroyed) return;
      const isDone = client.rstCode === NGHTTP2_NO_ERROR && hasEnded(app);
      if (!isDone) app.close(client.rstCode || NGHTTP2_CANCEL);
    });
  });
  return {
    get answered() {
      return answered;
    },
    over,
    cancel() {
      cancelled = true;
      client.unpipe(app);
      app.close(NGHTTP2_CANCEL);
    },
  };
}

type Stream = ServerHttp2Stream | ClientHttp2Stream;

/** Relays a body and its trailers, at the pace of whoever reads it. */
function passOn(
  from: Stream,
  to: Stream,
  trailers: () => Block | undefined,
): void {
  to.on("wantTrailers", () => {
    if (to.destroyed || to.closed) return;
    sending(trailers() ?? NO_TRAILERS, (headers) => to.sendTrailers(headers));
  });
  from.pipe(to, { end: false });
  from.once("end", () => {
    // A stream that was reset ends, too: a part must not look like the whole.
    const isWhole = from.rstCode === NGHTTP2_NO_ERROR && !from.aborted;
    if (isWhole && !to.destroyed) to.end();
  });
}

const NO_TRAILERS: Block = { fields: [], sensitive: [], last: true };

/** The app's stream is closed: so is the client's, when it has got everything. */
function finish(
  client: ServerHttp2Stream,
  code: number,
  answered: boolean,
): void {
  if (client.destroyed || client.closed) return;
  if (code !== NGHTTP2_NO_ERROR) return client.close(code);
  // Without a head Node would make one up.
  if (!answered) return client.close(NGHTTP2_INTERNAL_ERROR);
  if (client.readableEnded) return;
  // The app does not want the rest of the request.
  client.resume();
  const stop = () => setImmediate(() => client.close(NGHTTP2_NO_ERROR));
  if (client.writableFinished) stop();
  else client.once("finish", stop);
}

const hasEnded = (stream: Stream): boolean =>
  stream.readableEnded && stream.writableFinished;

/** Node's own types do not tell of the header block as it came in. */
function onRaw(
  stream: Stream,
  event: "response" | "trailers",
  heard: (block: Block) => void,
): void {
  const listener = (
    headers: IncomingHttpHeaders,
    flags: number,
    raw: string[],
  ) => heard(blockOf(headers, flags, raw));
  (stream as NodeJS.EventEmitter).on(event, listener);
}
