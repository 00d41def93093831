import type net from "node:net";
import type { Logger } from "pino";
import { readLines, writeLine } from "../lines.js";
import { KitMessage, kitSocket, type ToKit } from "../schema/index.js";
import type { AskKit } from "../breakpoints/check.js";
import type { Breakpoints } from "../breakpoints/breakpoints.js";
import { listenUnix } from "./listen.js";
import { sameToken } from "./token.js";

/** What is known of a replica from its kits (one for each of its processes). */
export interface KitState {
  runtime: string | undefined;
  server: string | undefined;
  /** When the first process dialled, in ms since 1970. */
  since: number;
  /** The app is loaded in the process that serves it. */
  ready: boolean;
  notices: { level: string; reason: string; message: string }[];
}

/** A pause as the kit announced it. */
export type PauseMessage = Extract<KitMessage, { type: "pause" }>;

/** What happens to pauses; the book of pauses is kept elsewhere. */
export interface PauseEvents {
  paused(
    session: string,
    pause: PauseMessage,
    answer: (m: ToKit) => void,
  ): void;
  resumed(session: string, id: string): void;
}

/** What kits are told of breakpoints, and say of them. */
export type BreakpointEvents = Pick<
  Breakpoints,
  "forKits" | "reported" | "gone"
>;

/** The sidecar's end of all kits' connections, by session. */
export interface KitLinks {
  get(session: string): KitState | undefined;
  /** The secret that a session's replica shows, and its brokers expect. */
  token(session: string): string | undefined;
  /** Listens for the kits of a session, which must show this token. */
  expect(session: string, token: string): Promise<void>;
  /** Tells all processes of a replica which breakpoints there are now. */
  tellBreakpoints(session: string): void;
  /** Asks a replica's Python whether it understands an expression. */
  check(session: string): AskKit;
  /** Forgets what was known, because the replica is a new one. */
  forget(session: string): void;
  close(): void;
}

const MAX_NOTICES = 50;
/** How long a replica's Python may take to look at an expression. */
const CHECK_MS = 2_000;

interface Desk {
  server: net.Server;
  token: string;
  sockets: Set<net.Socket>;
  /** Those that have shown their token, the first one first. */
  known: Set<net.Socket>;
  state: KitState | undefined;
}

/** Keeps a socket for each session; `look` is called at each change. */
export function createKitLinks(
  look: () => void,
  pauses: PauseEvents,
  breakpoints: BreakpointEvents,
  log: Pick<Logger, "info" | "warn">,
  pathOf: (session: string) => string = kitSocket,
): KitLinks {
  const desks = new Map<string, Desk>();
  const checks = new Map<
    string,
    (problem: Awaited<ReturnType<AskKit>>) => void
  >();
  let lastCheck = 0;

  const accept = (session: string, desk: Desk) => (socket: net.Socket) => {
    /** Pauses announced on this connection: they end with it. */
    const mine = new Set<string>();
    let known = false;
    let pid = 0;
    const deadline = setTimeout(() => socket.destroy(), 5_000);
    desk.sockets.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(deadline);
      desk.sockets.delete(socket);
      desk.known.delete(socket);
      if (known) breakpoints.gone(session, pid);
      for (const id of mine) pauses.resumed(session, id);
      look();
    });
    readLines(socket, (json) => {
      const message = KitMessage.parse(json);
      if (!known) {
        if (message.type !== "hello" || !sameToken(message.token, desk.token)) {
          return void socket.destroy();
        }
        known = true;
        clearTimeout(deadline);
        desk.state = greet(desk.state, message);
        pid = message.pid;
        desk.known.add(socket);
        // In one piece: the kit takes no request before it has dealt with both.
        socket.cork();
        writeLine(socket, { type: "welcome", session });
        const list = breakpoints.forKits(session);
        if (list) writeLine(socket, { type: "breakpoints", breakpoints: list });
        socket.uncork();
        return look();
      }
      if (message.type === "pause") {
        mine.add(message.id);
        const where = `${message.file}:${message.line}`;
        log.info(`session ${session}: paused at ${where}: sidestep attach`);
        pauses.paused(session, message, (answer) => writeLine(socket, answer));
      } else if (message.type === "resume") {
        mine.delete(message.id);
        pauses.resumed(session, message.id);
      } else if (message.type === "breakpoint") {
        return breakpoints.reported(session, pid, message);
      } else if (message.type === "checked") {
        return checks.get(message.query)?.(message.problem ?? null);
      } else if (desk.state) {
        note(desk.state, message);
        if (message.type === "notice") {
          const line = `session ${session}: ${message.reason}: ${message.message}`;
          if (message.level === "warning") log.warn(line);
          else log.info(line);
        }
      }
      look();
    });
  };

  return {
    get: (session) => desks.get(session)?.state,
    token: (session) => desks.get(session)?.token,
    expect: async (session, token) => {
      const old = desks.get(session);
      if (old) {
        old.token = token;
        return;
      }
      const desk: Desk = {
        server: undefined as unknown as net.Server,
        token,
        sockets: new Set(),
        known: new Set(),
        state: undefined,
      };
      desks.set(session, desk);
      desk.server = await listenUnix(pathOf(session), accept(session, desk));
    },
    tellBreakpoints: (session) => {
      const list = breakpoints.forKits(session);
      if (!list) return;
      for (const socket of desks.get(session)?.known ?? []) {
        writeLine(socket, { type: "breakpoints", breakpoints: list });
      }
    },
    check: (session) => (question) =>
      new Promise((resolve) => {
        const [socket] = desks.get(session)?.known ?? [];
        if (!socket) return resolve(undefined);
        const query = String(++lastCheck);
        const end = (problem: Awaited<ReturnType<AskKit>>) => {
          clearTimeout(timer);
          checks.delete(query);
          resolve(problem);
        };
        const timer = setTimeout(() => end(undefined), CHECK_MS);
        checks.set(query, end);
        writeLine(socket, { ...question, query });
      }),
    forget: (session) => {
      const desk = desks.get(session);
      desks.delete(session);
      desk?.server.close();
      for (const socket of desk?.sockets ?? []) socket.destroy();
    },
    close: () => {
      for (const desk of desks.values()) {
        desk.server.close();
        for (const socket of desk.sockets) socket.destroy();
      }
    },
  };
}

function greet(
  state: KitState | undefined,
  hello: Extract<KitMessage, { type: "hello" }>,
): KitState {
  return {
    since: state?.since ?? Date.now(),
    ready: state?.ready ?? false,
    notices: state?.notices ?? [],
    runtime: hello.runtime,
    server: hello.server ?? state?.server,
  };
}

function note(state: KitState, message: KitMessage): void {
  if (message.type === "ready") state.ready = true;
  if (message.type === "notice" && state.notices.length < MAX_NOTICES) {
    const { level, reason, message: text } = message;
    state.notices.push({ level, reason, message: text });
  }
}
