import { z } from "zod";
import { API_VERSION } from "./constants.js";

/** A place in the app's source: the end of a path, and a line of it. */
export const SourceLine = z
  .string()
  .max(4096)
  .regex(
    /^[^\0]+:[1-9]\d{0,6}$/,
    "must be FILE:LINE, such as shop/views.py:42",
  );

/** A breakpoint, or with `log` a logpoint, set without an edit. */
export const BreakpointSpec = z.strictObject({
  at: SourceLine.describe("FILE:LINE; the end of a path is enough"),
  if: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe("an expression of the app's language; only where it is true"),
  log: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe(
      "do not pause: print this to the session's log, {expressions} evaluated",
    ),
});
export type BreakpointSpec = z.infer<typeof BreakpointSpec>;

/** A breakpoint as asked for, in a session that there is. */
export const NewBreakpoint = z.strictObject({
  apiVersion: z.literal(API_VERSION).optional(),
  kind: z.literal("Breakpoint").optional(),
  spec: BreakpointSpec.extend({ session: z.string().min(1) }),
});
export type NewBreakpoint = z.infer<typeof NewBreakpoint>;

/** Whether a breakpoint is in force. */
export const BreakpointState = z.enum([
  "Verified",
  "Pending",
  "Ambiguous",
  "Error",
]);
export type BreakpointState = z.infer<typeof BreakpointState>;

/** One breakpoint of a session, as read. */
export const Breakpoint = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("Breakpoint"),
  metadata: z.object({
    name: z.string(),
    creationTimestamp: z.iso.datetime(),
  }),
  spec: BreakpointSpec.extend({ session: z.string() }),
  status: z.object({
    state: BreakpointState,
    message: z.string().optional().describe("why it is not just as asked for"),
    locations: z.array(
      z.object({ file: z.string(), line: z.int(), function: z.string() }),
    ),
    hits: z.int(),
  }),
});
export type Breakpoint = z.infer<typeof Breakpoint>;
