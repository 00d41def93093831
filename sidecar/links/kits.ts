import type net from "node:net";
import type { Logger } from "pino";
import type { News, Tell } from "../events/book.js";
import { readLines, writeLine } from "../lines.js";
import type { Breakpoints } from "../breakpoints/breakpoints.js";
import type { AskKit } from "../breakpoints/check.js";
import {
  KitMessage,
  kitSocket,
  type ProcessStacks,
  type ToKit,
} from "../schema/index.js";
import { createChecks } from "./checks.js";
import { listenUnix, type Accept } from "./listen.js";
import { createPace, inTurn, PAUSE, type Pace } from "./pace.js";
import { createStackQuestions, type Asked } from "./stacks.js";
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
  /** How the last process that failed has ended. */
  exit?: string | undefined;
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
  /** The app is loaded: pauses may come. */
  serving(session: string): void;
  /** The process of a pause has left its connection. */
  hungUp(session: string, id: string): void;
  /** A process has ended; `how` completes "process 7 …". */
  exited(session: string, pid: number, how: string): void;
  /** A line was typed at a prompt. */
  typed(session: string, line: string): void;
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
  /** Where all threads of the replica are; one entry for each process with a kit. */
  stacks(session: string): Promise<ProcessStacks[]>;
  /** Tells all processes of a replica which breakpoints there are now. */
  tellBreakpoints(session: string): void;
  /** Asks a replica's Python whether it understands an expression. */
  check(session: string): AskKit;
  /** Forgets what was known, because the replica is a new one. */
  forget(session: string): void;
  close(): void;
}

const MAX_NOTICES = 50;

/** So many processes of one session have a link, and so many pauses each: a replica may turn hostile. */
const MAX_PROCESSES = 200;
const MAX_PAUSES = 1_000;

interface Desk {
  server: net.Server;
  token: string;
  sockets: Set<net.Socket>;
  pace: Pace;
  /** The processes that have said hello, and can be asked for their stacks. */
  processes: Set<Asked>;
  state: KitState | undefined;
}

/** Keeps a socket for each session; `look` is called at each change. */
export function createKitLinks(
  look: () => void,
  pauses: PauseEvents,
  breakpoints: BreakpointEvents,
  log: Pick<Logger, "info" | "warn">,
  pathOf: (session: string) => string = kitSocket,
  tell: Tell = () => {},
): KitLinks {
  const desks = new Map<string, Desk>();
  const questions = createStackQuestions();
  const checks = createChecks();

  const accept = (
    session: string,
    desk: Desk,
    ...[socket, met]: Parameters<Accept>
  ) => {
    /** Pauses announced on this connection: they end with it. */
    const mine = new Set<string>();
    const news = (type: News["type"], reason: string, text: string) =>
      tell({
        type,
        reason,
        object: `session/${session}`,
        session,
        message: text,
      });
    let known: Asked | undefined;
    desk.sockets.add(socket);
    socket.on("close", () => {
      desk.sockets.delete(socket);
      if (known) {
        desk.processes.delete(known);
        questions.gone(known);
        breakpoints.gone(session, known.pid);
      }
      for (const id of mine) pauses.hungUp(session, id);
      look();
    });
    const greeted = (message: KitMessage) => {
      if (message.type !== "hello") return undefined;
      const room = desk.processes.size < MAX_PROCESSES;
      return room && sameToken(message.token, desk.token) ? message : undefined;
    };
    const take = (message: KitMessage) => {
      if (!known) {
        const hello = greeted(message);
        if (!hello) return void socket.destroy();
        met();
        known = {
          pid: hello.pid,
          runtime: hello.runtime,
          server: hello.server ?? undefined,
          send: (to) => writeLine(socket, to),
        };
        desk.processes.add(known);
        desk.state = greet(desk.state, hello);
        // In one piece: the kit takes no request before it has dealt with both.
        socket.cork();
        writeLine(socket, { type: "welcome", session });
        const list = breakpoints.forKits(session);
        if (list) writeLine(socket, { type: "breakpoints", breakpoints: list });
        socket.uncork();
        return look();
      }
      if (message.type === "stack" || message.type === "stacks") {
        return questions.told(known, message);
      }
      if (message.type === "pause") {
        if (mine.size >= MAX_PAUSES) return void socket.destroy();
        mine.add(message.id);
        const where = `${message.file}:${message.line}`;
        log.info(`session ${session}: paused at ${where}: sidestep attach`);
        pauses.paused(session, message, (answer) => writeLine(socket, answer));
      } else if (message.type === "resume") {
        mine.delete(message.id);
        pauses.resumed(session, message.id);
      } else if (message.type === "typed") {
        return pauses.typed(session, message.line);
      } else if (message.type === "exited") {
        const how = howItEnded(message);
        log.warn(`session ${session}: process ${message.pid} ${how}`);
        if (desk.state) desk.state.exit = `process ${message.pid} ${how}`;
        news("Warning", "ProcessEnded", `process ${message.pid} ${how}`);
        pauses.exited(session, message.pid, how);
      } else if (message.type === "breakpoint") {
        return breakpoints.reported(session, known.pid, message);
      } else if (message.type === "checked") {
        return checks.told(known, message);
      } else if (desk.state) {
        const isNew = note(desk.state, message);
        if (message.type === "ready") pauses.serving(session);
        if (message.type === "notice") {
          const line = `session ${session}: ${message.reason}: ${message.message}`;
          if (message.level === "warning") log.warn(line);
          else log.info(line);
          const type = message.level === "warning" ? "Warning" : "Normal";
          if (isNew) news(type, message.reason, message.message);
        }
      }
      look();
    };
    const heard = inTurn<{ message: KitMessage; cost: number }>(
      socket,
      ({ cost }) => desk.pace.wait(cost),
      ({ message }) => take(message),
    );
    readLines(socket, (json, length) => {
      const message = KitMessage.parse(json);
      // At once: nobody else's flood shall keep a process from being heard.
      if (!known) return take(message);
      heard({ message, cost: message.type === "pause" ? PAUSE : length });
    });
  };

  return {
    get: (session) => desks.get(session)?.state,
    token: (session) => desks.get(session)?.token,
    stacks: (session) =>
      questions.ask([...(desks.get(session)?.processes ?? [])]),
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
        pace: createPace(),
        processes: new Set(),
        state: undefined,
      };
      desks.set(session, desk);
      desk.server = await listenUnix(pathOf(session), (...peer) =>
        accept(session, desk, ...peer),
      );
    },
    tellBreakpoints: (session) => {
      const list = breakpoints.forKits(session);
      if (!list) return;
      for (const { send } of desks.get(session)?.processes ?? []) {
        send({ type: "breakpoints", breakpoints: list });
      }
    },
    check: (session) => (question) => {
      const [first] = desks.get(session)?.processes ?? [];
      return checks.ask(first, question);
    },
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
    exit: state?.exit,
    runtime: hello.runtime,
    server: hello.server ?? state?.server,
  };
}

/** Completes "process 7 …". */
function howItEnded({
  code,
  signal,
}: Extract<KitMessage, { type: "exited" }>): string {
  return signal
    ? `was killed by ${signal}`
    : `ended with exit code ${code ?? 0}`;
}

/** Whether it was not known yet. */
function note(state: KitState, message: KitMessage): boolean {
  if (message.type === "ready") state.ready = true;
  if (message.type === "notice" && state.notices.length < MAX_NOTICES) {
    const { level, reason, message: text } = message;
    // A kit that dials again says it again.
    const known = (n: { reason: string; message: string }) =>
      n.reason === reason && n.message === text;
    if (state.notices.some(known)) return false;
    state.notices.push({ level, reason, message: text });
    return true;
  }
  return false;
}
