import { z } from "zod";
import { BreakpointSpec } from "./breakpoint.js";
import { Condition } from "./condition.js";
import { IDLE_TIMEOUT } from "./constants.js";
import { MatchClause } from "./match.js";
import { Labels, Metadata, Name, maybeTyped, typed } from "./metadata.js";

/** What other matched requests get while the replica is paused. */
export const WhenPaused = z.enum(["queue", "original", "reject"]);
export type WhenPaused = z.infer<typeof WhenPaused>;

/** A length of time as people write it: 30s, 5m, 1h. */
export const Duration = z
  .string()
  .regex(/^\d+(s|m|h|d)$/, "must be a number and a unit, such as 30s, 5m, 1h");

/** A length of time that is more than none. */
const SomeTime = Duration.refine(
  (text) => Number.parseInt(text, 10) > 0,
  "must be at least 1s",
);

/** A match is compared with those of all other sessions, and asked for each request: in characters of JSON. */
const MAX_MATCH = 4096;

/** What counts as a health probe beside what everybody takes for one. */
export const ProbesSpec = z.strictObject({
  paths: z
    .array(z.string().max(1024).regex(/^[/*]/, 'must begin with "/" or "*"'))
    .max(50)
    .optional()
    .describe("globs of paths: * within a segment, ** across segments"),
  userAgents: z
    .array(z.string().min(1).max(1024))
    .max(50)
    .optional()
    .describe("globs of the header User-Agent"),
});

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
    .refine(
      (match) => JSON.stringify(match).length <= MAX_MATCH,
      `must be at most ${MAX_MATCH} characters of JSON`,
    )
    .optional()
    .describe("which requests; absent: every request"),
  priority: z
    .int()
    .min(-1000)
    .max(1000)
    .optional()
    .describe(
      "which of several sessions is asked first: the highest; default: 0",
    ),
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
  maxWait: SomeTime.optional().describe(
    "how long a matched request may wait while the replica is paused, until it gets a 504; default: as long as it takes",
  ),
  probes: ProbesSpec.optional().describe(
    "what else is a health probe: the original answers them while the replica is paused",
  ),
  cutIdle: z
    .boolean()
    .optional()
    .describe(
      "whether connections that are older than the session are closed when idle; default: true",
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
  idleTimeout: z
    .string()
    .regex(
      /^(never|0*[1-9]\d*(s|m|h|d))$/,
      "must be a number and a unit, such as 30m, 8h, at least 1s, or never",
    )
    .optional()
    .describe(
      `the session ends by itself when no request has matched and nothing was paused or open for so long, or never; default: ${IDLE_TIMEOUT}`,
    ),
  maxPause: SomeTime.optional().describe(
    "how long a pause may last; default: as long as it takes",
  ),
  onMaxPause: z
    .enum(["continue", "keep"])
    .optional()
    .describe(
      "what happens to a pause that lasts longer than maxPause: the thread goes on, or it is only told; default: continue",
    ),
  allowProduction: z
    .string()
    .min(1)
    .optional()
    .describe(
      "the target's name, where it says that it is production and is meant all the same",
    ),
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
  phase: SessionPhase.describe("the stage of its life"),
  conditions: z
    .array(Condition)
    .describe("aspects of its state: what sidestep wait waits for"),
  targets: z
    .array(z.string())
    .describe("names of the containers whose traffic is rerouted"),
  port: z.int().optional().describe("TCP port of the app that is rerouted"),
  replica: z
    .object({
      container: z.string().describe("name of its container"),
      runtime: z.string().optional().describe("such as python 3.11.2"),
      server: z.string().optional().describe("such as gunicorn 20.1.0"),
    })
    .optional()
    .describe("the debug replica, once there is one"),
  pin: z.string().optional().describe("unlocks the debugger in the browser"),
  pauses: z.int().describe("threads that are paused now"),
  requests: z
    .object({
      replica: z.int().describe("those that matched"),
      original: z.int().describe("all others"),
    })
    .describe("how many requests went where, since the session began"),
  oldConnections: z
    .int()
    .optional()
    .describe(
      "connections to the app that are older than the session: requests on them are not rerouted",
    ),
  log: z
    .array(z.string())
    .optional()
    .describe("last log lines of a replica that failed"),
});
export type SessionStatus = z.infer<typeof SessionStatus>;

/** One debugging of one target, as read. */
export const Session = z.object({
  ...typed("Session"),
  metadata: Metadata,
  spec: SessionSpec.describe("what was asked for"),
  status: SessionStatus.describe("how it stands"),
});
export type Session = z.infer<typeof Session>;

/** One debugging of one target, as asked for. */
export const NewSession = z.strictObject({
  ...maybeTyped("Session"),
  metadata: z
    .strictObject({
      name: Name.optional().describe("default: made from the target's"),
      labels: Labels.optional().describe("what -l selects by"),
    })
    .optional()
    .describe("what it is called"),
  spec: SessionSpec.describe("what is asked for"),
});
export type NewSession = z.infer<typeof NewSession>;
