import "./quiet-extend.js";
import {
  createServer,
  type ClientRequest,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import httpProxy from "http-proxy";
import { REQUEST_HEADER } from "../schema/constants.js";
import type { Route } from "../schema/routing.js";
import { unreachable, waitedTooLong } from "./answer.js";
import { forwardedFor } from "./edit.js";
import { MAX_HEAD, type RequestHead } from "./frame.js";
import {
  CONNECT_MS,
  describe,
  SAFE,
  type Forward,
  type Forwarded,
  type ForwardHooks,
} from "./forwarding.js";
import { OneRequest } from "./one-request.js";
import type { Peer } from "./peer.js";

/** Builds the lane of matched requests: http-proxy behind an HTTP server that never listens. */
export function createForward(): Forward {
  const proxy = httpProxy.createProxyServer({
    // No agent, so one fresh connection for each request: an idle one would
    // monopolise a replica that has a single synchronous worker.
    // The path is passed on as it is, and the answer by `Exchange.respond`.
    toProxy: true,
    selfHandleResponse: true,
  });
  const exchanges = new WeakMap<object, Exchange>();
  const server = createServer({
    maxHeaderSize: MAX_HEAD + 1024,
    requireHostHeader: false,
    keepAliveTimeout: 0,
    requestTimeout: 0,
    headersTimeout: 0,
  });
  server.timeout = 0;
  server.maxHeadersCount = 0;

  const start = (request: IncomingMessage, response: ServerResponse) => {
    exchanges.get(request.socket)?.start(proxy, request, response);
  };
  server.on("request", start);
  server.on("checkExpectation", start);
  server.on("clientError", (error, socket) => {
    exchanges.get(socket)?.fail(error);
    socket.destroy();
  });
  proxy.on("proxyReq", (outgoing, request) => {
    exchanges.get(request.socket)?.connect(outgoing);
  });
  proxy.on("proxyRes", (incoming, request) => {
    exchanges.get(request.socket)?.respond(incoming);
  });

  return (client, remoteAddress, request, route, hooks) => {
    const socket = new OneRequest(client, request, remoteAddress);
    const exchange = new Exchange(client, socket, request, route, hooks);
    exchanges.set(socket, exchange);
    server.emit("connection", socket);
    return exchange.outcome;
  };
}

type Proxy = ReturnType<typeof httpProxy.createProxyServer>;

/** Headers that concern one connection only, and are set anew for the client's. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
]);

/** Headers that are sent as we have them. */
const OURS = new Set(["x-forwarded-for", REQUEST_HEADER, "expect"]);

/** One matched request on its way; hardens http-proxy where it forgets to clean up. */
class Exchange {
  readonly outcome: Promise<Forwarded>;
  private settle!: (outcome: Forwarded) => void;
  private settled = false;
  private connected = false;
  private answered = false;
  private keep = false;
  private incoming: IncomingMessage | undefined;
  private response: ServerResponse | undefined;
  private outgoing: ClientRequest | undefined;

  constructor(
    private readonly client: Peer,
    private readonly socket: OneRequest,
    private readonly request: RequestHead,
    private readonly route: Route,
    private readonly hooks: ForwardHooks,
  ) {
    this.outcome = new Promise((resolve) => (this.settle = resolve));
    // The client left, or sent what is no HTTP.
    socket.on("error", (error) => {
      if (!this.settled && !this.client.closed) hooks.doubt(error.message);
    });
    socket.on("close", () => {
      if (this.settled) return;
      this.client.reset();
      this.finish("over");
    });
  }

  /** The server has parsed the head. */
  start(proxy: Proxy, request: IncomingMessage, response: ServerResponse) {
    this.incoming = request;
    this.response = response;
    request.on("error", (error) => this.fail(error));
    response.on("error", (error) => this.fail(error));
    response.on("finish", () =>
      this.finish(this.keep && this.socket.complete ? "next" : "close"),
    );
    const { headers } = request;
    const former = headers["x-forwarded-for"];
    headers["x-forwarded-for"] = forwardedFor(
      former === undefined ? [] : [former].flat(),
      this.socket.remoteAddress,
    );
    headers[REQUEST_HEADER] = this.hooks.id;
    // The server has told the client to continue already.
    delete headers.expect;
    const { tooLong } = this.hooks;
    if (tooLong?.aborted) return this.giveUp();
    tooLong?.addEventListener("abort", () => this.giveUp(), { once: true });
    try {
      const { host, port } = this.route.upstream;
      proxy.web(request, response, { target: { host, port } }, (error) =>
        this.fail(error),
      );
    } catch (error) {
      this.fail(error as Error);
    }
  }

  /** The request to the replica was made, and has its socket, but was not sent. */
  connect(outgoing: ClientRequest): void {
    this.outgoing = outgoing;
    if (this.settled || this.answered) return void outgoing.destroy();
    outgoing.socket?.setKeepAlive(true, 60_000);
    if (this.hooks.preamble) outgoing.socket?.write(this.hooks.preamble);
    const late = setTimeout(
      () => outgoing.destroy(new Error("it accepts no connection")),
      CONNECT_MS,
    );
    outgoing.on("close", () => clearTimeout(late));
    outgoing.socket?.once("connect", () => {
      clearTimeout(late);
      this.connected = true;
    });
    outgoing.on("close", () => {
      if (!this.answered)
        this.fail(new Error("it closed the connection without an answer"));
    });
    // http-proxy squeezes the path's slashes, and rewrites the length of some methods.
    outgoing.path = this.request.target;
    const { framing, headers } = this.request;
    const given = (name: string) =>
      headers.some(([key]) => key.toLowerCase() === name);
    if (framing.kind === "chunked") {
      outgoing.removeHeader("content-length");
      outgoing.setHeader("transfer-encoding", "chunked");
    } else if (!given("content-length")) {
      outgoing.removeHeader("content-length");
    }
    if (!given("host")) outgoing.removeHeader("host");
    for (const [name, values] of repeated(headers))
      outgoing.setHeader(name, values);
  }

  /** The replica answers. */
  respond(answer: IncomingMessage): void {
    const { response } = this;
    if (this.settled || this.answered || !response)
      return void answer.destroy();
    this.answered = true;
    const status = answer.statusCode ?? 0;
    if (status < 200) {
      answer.destroy();
      return this.fail(new Error(`it answered with status ${status}`));
    }
    answer.on("error", (error) => this.fail(error));
    answer.on("aborted", () => this.fail(new Error("it broke off its answer")));
    this.keep = this.mayKeep();
    this.hooks.answered?.(status);
    response.sendDate = false;
    try {
      response.writeHead(status, answer.statusMessage ?? "", [
        ...endToEnd(answer.rawHeaders),
        "X-Sidestep",
        `session=${this.route.session}`,
        "Connection",
        this.keep ? "keep-alive" : "close",
      ]);
      response.flushHeaders();
    } catch (error) {
      answer.destroy();
      return this.fail(error as Error);
    }
    answer.on("end", () => {
      const { rawTrailers } = answer;
      const pairs: [string, string][] = [];
      for (let i = 0; i < rawTrailers.length; i += 2)
        pairs.push([rawTrailers[i]!, rawTrailers[i + 1]!]);
      if (pairs.length > 0) response.addTrailers(pairs);
    });
    answer.pipe(response);
  }

  /**
   * It has waited too long while the replica is paused. Its connection to the
   * replica is closed: a request that waits there to be accepted may still be
   * run, as with any client that leaves.
   */
  private giveUp(): void {
    const { response, route } = this;
    if (this.settled || this.answered || !response) return;
    this.answered = true;
    this.keep = this.mayKeep();
    const { status, phrase, headers, text } = waitedTooLong(
      route.session,
      route.maxWait ?? 0,
    );
    const body = `${text}\n`;
    this.hooks.answered?.(status);
    response.sendDate = false;
    response.writeHead(status, phrase, {
      "Content-Type": "text/plain; charset=utf-8",
      "Content-Length": Buffer.byteLength(body),
      ...headers,
      Connection: this.keep ? "keep-alive" : "close",
    });
    response.end(body);
    this.outgoing?.destroy();
    this.hooks.gaveUp?.();
  }

  /** Whether the client may send another request on its connection. */
  private mayKeep(): boolean {
    const { request, socket, hooks } = this;
    const whole = request.minor === 1 && socket.complete;
    return whole && request.keepAlive && !hooks.closing();
  }

  /** The replica, or the client, did not keep to it; only the first failure counts. */
  fail(error: Error): void {
    if (this.settled || this.response?.writableEnded) return;
    if (this.client.closed || this.socket.destroyed) return; // its close settles it
    const { response } = this;
    const reason = describe(error);
    this.hooks.failed(reason);
    if (response?.headersSent || (!response && this.hasBody())) {
      this.client.reset();
      return this.finish("over");
    }
    const untouched = !this.connected || SAFE.has(this.request.method);
    if (!this.hasBody() && untouched) return this.finish("fallback");
    if (!response) return this.finish("over");
    response.sendDate = false;
    this.hooks.answered?.(502);
    response.writeHead(502, {
      "Content-Type": "text/plain; charset=utf-8",
      "X-Sidestep": `session=${this.route.session}`,
      Connection: "close",
    });
    response.end(`${unreachable(this.route.session, reason)}\n`);
  }

  private hasBody(): boolean {
    return this.request.framing.kind !== "none";
  }

  private finish(outcome: Forwarded): void {
    if (this.settled) return;
    this.settled = true;
    this.incoming?.unpipe();
    this.outgoing?.destroy();
    this.socket.destroy();
    this.settle(outcome);
  }
}

/** Headers that came more than once: Node has them in one, or only the first of them. */
function repeated(headers: RequestHead["headers"]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (const [name, value] of headers) {
    const key = name.toLowerCase();
    values.set(key, [...(values.get(key) ?? []), value]);
  }
  for (const [key, each] of values)
    if (each.length < 2 || HOP_BY_HOP.has(key) || OURS.has(key))
      values.delete(key);
  return values;
}

function endToEnd(raw: string[]): string[] {
  const kept: string[] = [];
  for (let i = 0; i < raw.length; i += 2)
    if (!HOP_BY_HOP.has(raw[i]!.toLowerCase())) kept.push(raw[i]!, raw[i + 1]!);
  return kept;
}
