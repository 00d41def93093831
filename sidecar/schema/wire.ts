import { z } from "zod";
import { BreakpointState } from "./breakpoint.js";
import type { RoutingTable } from "./routing.js";
import { RequestRoute, RequestState } from "./seen-request.js";

/** A time in ms since 1970, such that its date has a year of four digits. */
const Time = z
  .number()
  .min(0)
  .max(Date.UTC(9999, 11, 31));

/** What the kit in a replica tells the sidecar, one JSON object a line. */
export const KitMessage = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("hello"),
    token: z.string(),
    pid: z.int(),
    runtime: z.string(),
    server: z.string().nullish(),
  }),
  z.object({ type: z.literal("ready"), pid: z.int() }),
  z.object({
    type: z.literal("notice"),
    level: z.enum(["info", "warning"]),
    reason: z.string(),
    message: z.string(),
  }),
  z.object({
    type: z.literal("pause"),
    id: z.string().regex(/^[0-9a-f]{8,64}$/),
    /** What a sidecar called it, which may have been another process. */
    name: z.string().max(256).nullish(),
    pid: z.int(),
    thread: z.string(),
    reason: z.string(),
    file: z.string(),
    line: z.int(),
    function: z.string(),
    request: z
      .object({
        method: z.string(),
        path: z.string(),
        client: z.string().nullish(),
        /** The interceptor's number for it, from the header `REQUEST_HEADER`. */
        id: z.string().max(64).nullish(),
        /** When the app was called, in ms since 1970. */
        since: Time.nullish(),
      })
      .nullish(),
  }),
  z.object({
    type: z.literal("breakpoint"),
    id: z.string(),
    state: BreakpointState,
    message: z.string().nullish(),
    locations: z.array(
      z.object({ file: z.string(), line: z.int(), function: z.string() }),
    ),
    hits: z.int(),
  }),
  z.object({
    type: z.literal("stack"),
    query: z.string(),
    thread: z.string(),
    /** The asyncio task, where this is the stack of one that waits in that thread. */
    task: z.string().nullish(),
    /** What it is doing: `running`, `waiting for a lock`. */
    state: z.string().nullish(),
    /** The id of the pause that the thread is in. */
    pause: z.string().nullish(),
    request: z
      .object({
        method: z.string(),
        path: z.string(),
        client: z.string().nullish(),
      })
      .nullish(),
    /** The innermost first. */
    frames: z.array(
      z.object({
        file: z.string(),
        line: z.int(),
        function: z.string(),
        source: z.string().nullish(),
      }),
    ),
    /** How many of the outermost frames are left out. */
    omitted: z.int().nullish(),
  }),
  /** After the last `stack` of a query. */
  z.object({ type: z.literal("stacks"), query: z.string(), pid: z.int() }),
  /** Whether this Python understands what a `check` asked about. */
  z.object({
    type: z.literal("checked"),
    query: z.string(),
    problem: z
      .object({
        field: z.enum(["if", "log"]),
        message: z.string(),
        /** The character that is wrong, from 0. */
        at: z.int(),
      })
      .nullish(),
  }),
  z.object({ type: z.literal("resume"), id: z.string() }),
  /** A line typed at a prompt, for the history of the session. */
  z.object({ type: z.literal("typed"), line: z.string().max(4096) }),
  /** A worker process has ended, as its parent saw it. */
  z.object({
    type: z.literal("exited"),
    pid: z.int(),
    code: z.int().nullish(),
    /** Such as SIGSEGV. */
    signal: z.string().nullish(),
  }),
]);
export type KitMessage = z.infer<typeof KitMessage>;

/** A breakpoint, as the kit is told of it. */
export interface KitBreakpoint {
  id: string;
  file: string;
  line: number;
  if?: string;
  log?: string;
}

/** What the sidecar tells a kit. */
export type ToKit =
  | { type: "welcome"; session: string }
  /** `history`: what was typed in the session so far, the oldest first. */
  | {
      type: "terminal";
      pause: string;
      name: string;
      socket: string;
      history: string[];
    }
  /** All that there are now; whatever is not in it is taken away. */
  | { type: "breakpoints"; breakpoints: KitBreakpoint[] }
  | { type: "check"; query: string; if?: string; log?: string }
  | { type: "stacks"; query: string }
  | { type: "continue"; pause: string };

/** A request as an interceptor tells of it: when it begins, and when it has ended. */
export const ToldRequest = z.object({
  id: z.string(),
  /** Absent: no session matched. */
  session: z.string().optional(),
  method: z.string(),
  path: z.string(),
  client: z.string(),
  route: RequestRoute,
  reason: z.string(),
  state: RequestState.exclude(["paused"]),
  /** When its head had come in, in ms since 1970. */
  since: Time,
  status: z.int().optional(),
  answeredMs: z.number().optional(),
  durationMs: z.number().optional(),
  received: z.int(),
  sent: z.int(),
  headers: z.array(z.tuple([z.string(), z.string().nullable()])).optional(),
});
export type ToldRequest = z.infer<typeof ToldRequest>;

/** What an interceptor has counted of the requests of a session that took one route; session `""` is none. */
export const RouteFigures = z.object({
  session: z.string(),
  route: RequestRoute,
  /** By the class of their status: 0 is none, 2 is 2xx. */
  ended: z.array(z.int()).length(6),
  received: z.int(),
  sent: z.int(),
  /** By `LATENCY_BUCKETS`; the sum in milliseconds. */
  latencies: z.object({ counts: z.array(z.int()), sum: z.number() }),
});
export type RouteFigures = z.infer<typeof RouteFigures>;

/** What an interceptor tells the sidecar. */
export const InterceptorMessage = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("hello"),
    token: z.string(),
    pid: z.int(),
    port: z.int(),
    /** What the ids of its requests begin with: `RUN-NUMBER`, this process's alone. */
    run: z.string(),
  }),
  z.object({ type: z.literal("applied"), version: z.int() }),
  z.object({
    type: z.literal("stats"),
    connections: z.int(),
    requests: z.record(z.string(), z.int()),
    inflight: z.record(z.string(), z.int()),
  }),
  z.object({
    type: z.literal("event"),
    reason: z.string(),
    message: z.string(),
    /** Whose request it was, where that is known. */
    session: z.string().optional(),
  }),
  z.object({
    type: z.literal("probed"),
    id: z.int(),
    ok: z.boolean(),
    error: z.string().optional(),
  }),
  z.object({ type: z.literal("drained") }),
  /** Requests that have begun or ended, a few times a second; `dropped`: how many were too many to be told. */
  z.object({
    type: z.literal("seen"),
    requests: z.array(ToldRequest),
    dropped: z.int(),
  }),
  /** What it has counted since it started, once a second. */
  z.object({
    type: z.literal("figures"),
    /** When its process started, in ms since 1970. */
    since: Time,
    routes: z.array(RouteFigures),
    /** Clients' connections that have come in. */
    accepted: z.int(),
    renewals: z.int(),
    /** By reason, those too that were not told one by one. */
    events: z.record(z.string(), z.int()),
    /** Bytes of memory. */
    memory: z.int(),
  }),
  /** Whether new connections are taken over now, as far as the kernel says; at each change. */
  z.object({ type: z.literal("takeover"), inForce: z.boolean() }),
  /** A canary request has come, and was answered. */
  z.object({
    type: z.literal("canarySeen"),
    id: z.string(),
    client: z.string(),
  }),
  /** Connections to the app that are older than the takeover, at each change. */
  z.object({
    type: z.literal("oldConnections"),
    /** How many are open still. */
    count: z.int(),
    /** From where, some of them. */
    peers: z.array(z.string().max(64)).max(10),
    /** Whether idle ones are being closed, and if not, why. */
    closing: z.enum(["yes", "not-wanted", "not-supported", "not-permitted"]),
  }),
  /** All matched requests that are not answered yet, the oldest first; at each change, a few times a second. */
  z.object({
    type: z.literal("requests"),
    requests: z.array(
      z.object({
        id: z.string(),
        session: z.string(),
        method: z.string(),
        path: z.string(),
        client: z.string(),
        /** When its head had come in, in ms since 1970. */
        since: Time,
        /** The client has closed its connection. */
        gone: z.boolean(),
      }),
    ),
  }),
]);
export type InterceptorMessage = z.infer<typeof InterceptorMessage>;

/** What the sidecar tells an interceptor. */
export type ToInterceptor =
  | { type: "table"; table: RoutingTable }
  | { type: "probe"; id: number; host: string; port: number }
  /** Tell also of requests that no session matched, for so many seconds from now on. */
  | { type: "list"; seconds: number }
  | { type: "drain" };
