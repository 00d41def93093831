import { z } from "zod";
import { API_VERSION } from "./constants.js";
import { BreakpointSpec } from "./breakpoint.js";
import { Condition } from "./condition.js";
import { MatchClause } from "./match.js";

/** A name that can be part of a container's name, a label and a path. */
export const Name = z
  .string()
  .max(40)
  .regex(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
    "must be lower case letters, digits and dashes",
  );

/** What other matched requests get while the replica is paused. */
export const WhenPaused = z.enum(["queue", "original", "reject"]);
export type WhenPaused = z.infer<typeof WhenPaused>;

/** A length of time as people write it: 30s, 5m, 1h. */
export const Duration = z
  .string()
  .regex(/^\d+(s|m|h|d)$/, "must be a number and a unit, such as 30s, 5m, 1h");

/** What the user asks for: one debugging of one target. */
export const SessionSpec = z.strictObject({
  target: z
    .string()
    .min(1)
    .describe("compose service, project/service or container name"),
  port: z
    .int()
    .min(1)
    .max(65535)
    .optional()
    .describe("TCP port of the app; default: its only one"),
  match: z
    .array(MatchClause)
    .min(1)
    .optional()
    .describe("which requests; absent: every request"),
  breakpoints: z
    .array(BreakpointSpec)
    .max(100)
    .optional()
    .describe("where to pause, or to log, from the start"),
  onException: z
    .enum(["browser", "terminal", "none"])
    .default("browser")
    .describe(
      "what an unhandled exception opens: Werkzeug's debugger, post-mortem pdb, nothing",
    ),
  concurrency: z
    .enum(["sync", "threads"])
    .default("sync")
    .describe("one request at a time in the replica, or one thread for each"),
  whenPaused: WhenPaused.default("queue").describe(
    "what other matched requests get while the replica is paused",
  ),
  original: z
    .enum(["keep", "pause"])
    .default("keep")
    .describe("whether the original goes on running"),
  env: z
    .record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string())
    .optional()
    .describe("environment overrides in the replica"),
  command: z
    .array(z.string())
    .min(1)
    .optional()
    .describe("override of the replica's command"),
  ttl: Duration.optional().describe("the session ends by itself after this"),
});
export type SessionSpec = z.infer<typeof SessionSpec>;

/** The stages of a session's life. */
export const SessionPhase = z.enum([
  "Pending",
  "Starting",
  "Ready",
  "Paused",
  "Restoring",
  "Failed",
]);
export type SessionPhase = z.infer<typeof SessionPhase>;

/** What the sidecar sees of a session. */
export const SessionStatus = z.object({
  phase: SessionPhase,
  conditions: z.array(Condition),
  targets: z
    .array(z.string())
    .describe("names of the containers whose traffic is rerouted"),
  port: z.int().optional(),
  replica: z
    .object({
      container: z.string(),
      runtime: z.string().optional(),
      server: z.string().optional(),
    })
    .optional(),
  pin: z.string().optional().describe("unlocks the debugger in the browser"),
  pauses: z.int().describe("threads that are paused now"),
  requests: z.object({ replica: z.int(), original: z.int() }),
  log: z
    .array(z.string())
    .optional()
    .describe("last log lines of a replica that failed"),
});
export type SessionStatus = z.infer<typeof SessionStatus>;

/** What every object carries about itself. */
export const Metadata = z.object({
  name: Name,
  creationTimestamp: z.iso.datetime(),
});

/** One debugging of one target, as read. */
export const Session = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("Session"),
  metadata: Metadata,
  spec: SessionSpec,
  status: SessionStatus,
});
export type Session = z.infer<typeof Session>;

/** One debugging of one target, as asked for. */
export const NewSession = z.strictObject({
  apiVersion: z.literal(API_VERSION).optional(),
  kind: z.literal("Session").optional(),
  metadata: z.strictObject({ name: Name.optional() }).optional(),
  spec: SessionSpec,
});
export type NewSession = z.infer<typeof NewSession>;
