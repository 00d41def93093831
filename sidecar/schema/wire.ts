import { z } from "zod";
import type { RoutingTable } from "./routing.js";

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
      })
      .nullish(),
  }),
  z.object({ type: z.literal("resume"), id: z.string() }),
]);
export type KitMessage = z.infer<typeof KitMessage>;

/** What the sidecar tells a kit. */
export type ToKit =
  | { type: "welcome"; session: string }
  | { type: "terminal"; pause: string; socket: string }
  | { type: "continue"; pause: string };

/** What an interceptor tells the sidecar. */
export const InterceptorMessage = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("hello"),
    token: z.string(),
    pid: z.int(),
    port: z.int(),
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
  }),
  z.object({
    type: z.literal("probed"),
    id: z.int(),
    ok: z.boolean(),
    error: z.string().optional(),
  }),
  z.object({ type: z.literal("drained") }),
]);
export type InterceptorMessage = z.infer<typeof InterceptorMessage>;

/** What the sidecar tells an interceptor. */
export type ToInterceptor =
  | { type: "table"; table: RoutingTable }
  | { type: "probe"; id: number; host: string; port: number }
  | { type: "drain" };
