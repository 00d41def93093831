import type net from "node:net";
import type { Figures } from "../metrics/ledger.js";
import { newCanary } from "../canary-secret.js";
import { readLines, writeLine } from "../lines.js";
import {
  INTERCEPTOR_SOCKET,
  InterceptorMessage,
  type RoutingTable,
  type ToldRequest,
  type ToInterceptor,
} from "../schema/index.js";
import { listenUnix } from "./listen.js";
import { sameToken } from "./token.js";

/** What is known of an interceptor that has dialled home. */
export interface InterceptorLink {
  /** What the ids of its requests begin with. */
  run: string;
  /** The version of the last table that it has put in force. */
  applied: number;
  drained: boolean;
  /** Since when it is being drained, in ms since 1970. */
  draining: number | undefined;
  connections: number;
  inflight: Record<string, number>;
  requests: Record<string, number>;
  /** The table that it was last sent. */
  sent: RoutingTable | undefined;
  /** Since when new connections are taken over, by the kernel's word, in ms since 1970; undefined: they are not. */
  takeover?: number | undefined;
  /** What it last told of connections that are older than its takeover. */
  old?: OldConnections;
}

/** Connections to an app that are older than the takeover of its port. */
export type OldConnections = Omit<
  Extract<InterceptorMessage, { type: "oldConnections" }>,
  "type"
>;

/** Something that an interceptor tells of once. */
export type InterceptorEvent = Extract<InterceptorMessage, { type: "event" }>;

type Hello = Extract<InterceptorMessage, { type: "hello" }>;
type Probed = Extract<InterceptorMessage, { type: "probed" }>;

/** A matched request that an interceptor tells of. */
export type Rerouted = Extract<
  InterceptorMessage,
  { type: "requests" }
>["requests"][number];

/** What interceptors tell that is for others than the controller. */
export interface InterceptorReports {
  canarySeen(id: string, client: string): void;
  /** Requests that have begun or ended. */
  seen(name: string, requests: ToldRequest[], dropped: number): void;
  /** All that it has counted since its process started. */
  figures(name: string, figures: Figures): void;
  /** It is gone; `lost`: though nobody has ended it. */
  hungUp(name: string, link: InterceptorLink, lost: boolean): void;
}

/** The sidecar's end of all interceptors' connections, by container name. */
export interface InterceptorLinks {
  get(name: string): InterceptorLink | undefined;
  /** Says which token the interceptor of this name must show. */
  expect(name: string, token: string): void;
  forget(name: string): void;
  send(name: string, message: ToInterceptor): void;
  /** Those that have dialled home. */
  all(): [name: string, link: InterceptorLink][];
  /** A canary for the interceptor of this name: its id, and the secret that it shows. */
  newCanary(name: string): { id: string; secret: string } | undefined;
  /** Whether something accepts at this address, as seen by the interceptor. */
  probe(name: string, host: string, port: number): Promise<boolean>;
  close(): void;
}

const PROBE_MS = 2_000;

/** Opens the socket that interceptors dial. `look` is called at each change. */
export async function listenForInterceptors(
  look: () => void,
  onEvent: (name: string, event: InterceptorEvent) => void,
  onRequests: (requests: Rerouted[]) => void,
  more: InterceptorReports,
  path = INTERCEPTOR_SOCKET,
): Promise<InterceptorLinks> {
  const tokens = new Map<string, string>();
  const links = new Map<
    string,
    { state: InterceptorLink; socket: net.Socket }
  >();
  const probes = new Map<
    number,
    { name: string; end: (ok: boolean) => void }
  >();
  let nextProbe = 1;

  const server = await listenUnix(path, (socket, met) => {
    let name: string | undefined;
    socket.on("close", () => {
      const link = name === undefined ? undefined : links.get(name);
      if (name === undefined || link?.socket !== socket) return;
      links.delete(name);
      more.hungUp(name, link.state, tokens.has(name));
      look();
    });
    readLines(socket, (json) => {
      const message = InterceptorMessage.parse(json);
      if (name === undefined) {
        if (message.type !== "hello") return void socket.destroy();
        name = greet(message, tokens);
        if (name === undefined) return void socket.destroy();
        met();
        const before = links.get(name);
        before?.socket.destroy();
        const state = fresh(message.run);
        links.set(name, { socket, state });
        if (before && before.state.run !== state.run)
          more.hungUp(name, before.state, true);
        return look();
      }
      const link = links.get(name);
      if (link?.socket === socket) take(name, link.state, message);
    });
  });

  const take = (
    name: string,
    state: InterceptorLink,
    message: InterceptorMessage,
  ) => {
    switch (message.type) {
      case "applied":
        state.applied = message.version;
        return look();
      case "drained":
        state.drained = true;
        return look();
      case "stats":
        state.connections = message.connections;
        state.requests = message.requests;
        state.inflight = message.inflight;
        return look();
      case "event":
        return onEvent(name, message);
      case "probed":
        return answered(name, message);
      case "oldConnections": {
        const { count, peers, closing } = message;
        state.old = { count, peers, closing };
        return look();
      }
      case "requests":
        return onRequests(message.requests);
      case "takeover":
        state.takeover = message.inForce ? Date.now() : undefined;
        return look();
      case "canarySeen":
        return more.canarySeen(message.id, message.client);
      case "seen":
        return more.seen(name, message.requests, message.dropped);
      case "figures":
        return more.figures(name, message);
      case "hello":
        return;
    }
  };

  /** What another interceptor was asked is not for this one to answer. */
  const answered = (name: string, { id, ok }: Probed) => {
    const probe = probes.get(id);
    if (probe?.name === name) probe.end(ok);
  };

  const send = (name: string, message: ToInterceptor) => {
    const link = links.get(name);
    if (!link) return;
    if (message.type === "table") link.state.sent = message.table;
    if (message.type === "drain") link.state.draining = Date.now();
    writeLine(link.socket, message);
  };

  return {
    get: (name) => links.get(name)?.state,
    expect: (name, token) => void tokens.set(name, token),
    forget: (name) => {
      tokens.delete(name);
      links.get(name)?.socket.destroy();
    },
    send,
    all: () => [...links].map(([name, { state }]) => [name, state]),
    newCanary: (name) => {
      const token = tokens.get(name);
      return token === undefined ? undefined : newCanary(token);
    },
    probe: (name, host, port) =>
      new Promise((resolve) => {
        const id = nextProbe++;
        const end = (ok: boolean) => {
          clearTimeout(timer);
          probes.delete(id);
          resolve(ok);
        };
        const timer = setTimeout(() => end(false), PROBE_MS);
        probes.set(id, { name, end });
        send(name, { type: "probe", id, host, port });
      }),
    close: () => {
      server.close();
      for (const { socket } of links.values()) socket.destroy();
    },
  };
}

/** Whose token the first line shows. */
function greet(
  message: Hello,
  tokens: Map<string, string>,
): string | undefined {
  return [...tokens].find(([, token]) => sameToken(message.token, token))?.[0];
}

function fresh(run: string): InterceptorLink {
  return {
    run,
    applied: 0,
    drained: false,
    draining: undefined,
    connections: 0,
    inflight: {},
    requests: {},
    sent: undefined,
  };
}
