import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import {
  connect,
  createServer,
  type AddressInfo,
  type Server,
  type Socket,
} from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { MatchClause } from "../schema/match.js";
import type { Route, RoutingTable } from "../schema/routing.js";
import type { InterceptorMessage, ToInterceptor } from "../schema/wire.js";
import { intercept, type Interceptor } from "./interceptor.js";
import type { Lease } from "./lease.js";

/** The lane in C, which the tests' setup has compiled; SIDESTEP_PLANE=0: none, so that the one in JavaScript has all. */
const PLANE =
  process.env["SIDESTEP_PLANE"] === "0"
    ? undefined
    : join(import.meta.dirname, "native/build/plane.node");

/** An app on loopback, for tests: what each connection sends it is recorded. */
export interface App {
  port: number;
  /** Connections that nobody has left yet. */
  open: Set<Socket>;
  /** What each connection has sent, in the order they came. */
  received: string[];
  close(): void;
}

/** Starts an app that answers as told, on bytes. */
export async function startApp(
  talk: (socket: Socket, index: number) => void,
): Promise<App> {
  const all = new Set<Socket>();
  const open = new Set<Socket>();
  const received: string[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const index = received.push("") - 1;
    open.add(socket);
    all.add(socket);
    socket.on("close", () => all.delete(socket));
    socket.on("error", () => undefined);
    socket.on("end", () => open.delete(socket));
    socket.on("close", () => open.delete(socket));
    socket.on("data", (bytes: Buffer) => {
      if (received[index]!.length < 1_000_000)
        received[index] += bytes.toString("latin1");
    });
    talk(socket, index);
  });
  const port = await listening(server);
  return {
    port,
    open,
    received,
    close() {
      server.close();
      for (const socket of all) socket.destroy();
    },
  };
}

/** Talks to an app for each complete, bodiless request it receives. */
export function onRequests(
  answer: (target: string, socket: Socket) => string | undefined,
): (socket: Socket) => void {
  return (socket) => {
    let text = "";
    socket.on("data", (bytes: Buffer) => {
      text += bytes.toString("latin1");
      for (;;) {
        const end = text.indexOf("\r\n\r\n");
        if (end < 0) return;
        const target = text.split(" ")[1] ?? "";
        text = text.slice(end + 4);
        const said = answer(target, socket);
        if (said !== undefined) socket.write(said, "latin1");
      }
    });
    socket.on("end", () => socket.end());
  };
}

/** A whole response with this body. */
export function ok(body: string, headers = ""): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n${headers}\r\n${body}`;
}

/** A client on bytes: what came back, and a way to wait for it. */
export class Client {
  text = "";
  ended = false;
  closed = false;
  reset = false;
  private constructor(readonly socket: Socket) {
    socket.on("data", (bytes: Buffer) => {
      this.text += bytes.toString("latin1");
    });
    socket.on("end", () => (this.ended = true));
    socket.on("error", (error: NodeJS.ErrnoException) => {
      this.reset ||= error.code === "ECONNRESET";
    });
    socket.on("close", () => (this.closed = true));
  }

  static async dial(port: number): Promise<Client> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return new Client(socket);
  }

  send(text: string): this {
    this.socket.write(text, "latin1");
    return this;
  }

  /** Waits until this has come back. */
  async until(expected: string): Promise<void> {
    await eventually(
      () => this.text.includes(expected),
      () => `came back: ${JSON.stringify(this.text)}`,
    );
  }

  /** What came back since it was last taken. */
  taken(): string {
    const { text } = this;
    this.text = "";
    return text;
  }
}

/** A sidecar, as far as an interceptor sees one. */
export class Sidecar {
  readonly messages: InterceptorMessage[] = [];
  /** The interceptors' connections. */
  readonly links = new Set<Socket>();
  private server: Server | undefined;

  constructor(readonly path: string) {}

  /** It is (back) at its socket. */
  async listen(): Promise<this> {
    rmSync(this.path, { force: true });
    this.server = createServer((socket) => {
      this.links.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => this.links.delete(socket));
      let rest = "";
      socket.on("data", (bytes: Buffer) => {
        const lines = (rest + bytes.toString()).split("\n");
        rest = lines.pop()!;
        for (const line of lines)
          this.messages.push(JSON.parse(line) as InterceptorMessage);
      });
    });
    await new Promise<void>((resolve) =>
      this.server!.listen(this.path, resolve),
    );
    chmodSync(this.path, 0o777);
    return this;
  }

  /** Sends a message, or any line, to every interceptor. */
  say(message: ToInterceptor | string): void {
    const line =
      typeof message === "string" ? message : JSON.stringify(message);
    for (const socket of this.links) socket.write(`${line}\n`);
  }

  /** Sends a table and waits until it is in force. */
  async apply(table: RoutingTable): Promise<void> {
    this.say({ type: "table", table });
    await eventually(() =>
      this.messages.some(
        (m) => m.type === "applied" && m.version === table.version,
      ),
    );
  }

  /** It goes away, as one that was killed. */
  hangUp(): void {
    this.server?.close();
    for (const socket of this.links) socket.destroy();
    this.links.clear();
  }
}

/** An interceptor on loopback in place of TPROXY, with its sidecar and its apps. */
export class Testbed {
  readonly sidecar: Sidecar;
  leased = false;
  port = 0;
  interceptor!: Interceptor;
  private version = 0;
  private readonly folder = mkdtempSync(join(tmpdir(), "interceptor-"));

  constructor(
    readonly original: App,
    readonly replica: App,
    private readonly sniff = 200,
    private readonly plane = PLANE,
  ) {
    this.sidecar = new Sidecar(join(this.folder, "sidecar.sock"));
  }

  get messages(): InterceptorMessage[] {
    return this.sidecar.messages;
  }

  /** Starts everything, and routes what these clauses match; none: what has `x-debug: alice`. */
  async start(
    match: MatchClause[] = [{ header: { "x-debug": "alice" } }],
    route: Partial<Route> = {},
  ): Promise<this> {
    this.port = await freePort();
    await this.sidecar.listen();
    const lease: Lease = {
      start: async () => void (this.leased = true),
      stop: () => void (this.leased = false),
    };
    this.interceptor = await intercept({
      port: this.original.port,
      sidecar: { path: this.sidecar.path, token: "secret" },
      listen: [{ port: this.port, host: "127.0.0.1" }],
      original: () => ({ host: "127.0.0.1", port: this.original.port }),
      lease: () => lease,
      plane: this.plane,
      sniff: this.sniff,
    });
    await eventually(() => this.sidecar.links.size > 0);
    await this.route(match, route);
    return this;
  }

  /** Replaces the table by one route, and waits until it is in force. */
  async route(match: MatchClause[], route: Partial<Route> = {}): Promise<void> {
    const upstream = { host: "127.0.0.1", port: this.replica.port };
    await this.sidecar.apply({
      version: ++this.version,
      routes: [
        {
          session: "shop",
          match,
          upstream,
          paused: false,
          whenPaused: "queue",
          ...route,
        },
      ],
    });
  }

  say(message: ToInterceptor | string): void {
    this.sidecar.say(message);
  }

  /** Waits for an event and returns its message. */
  async event(reason: string): Promise<string> {
    let found: InterceptorMessage | undefined;
    await eventually(
      () =>
        (found = this.messages.find(
          (m) => m.type === "event" && m.reason === reason,
        )) !== undefined,
    );
    return found?.type === "event" ? found.message : "";
  }

  async stop(): Promise<void> {
    this.original.close();
    this.replica.close();
    await this.interceptor.stop(0);
    this.sidecar.hangUp();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Polls until something holds. */
export async function eventually(
  holds: () => boolean,
  otherwise: () => string = () => "",
  milliseconds = 5_000,
): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!holds()) {
    if (Date.now() > deadline)
      throw new Error(`did not come true: ${holds.toString()} ${otherwise()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve()),
  );
  return (server.address() as AddressInfo).port;
}

/** A port of loopback that was free just now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}
