import { z } from "zod";
import { Metadata, maybeTyped, typed } from "./metadata.js";

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

/** A line of the app's source, as the replica knows it. */
export const SourcePlace = z.object({
  file: z.string().describe("full path in the replica"),
  line: z.int().describe("number of the line, from 1"),
  function: z.string().describe("function that the line is in"),
});

/** The name of a breakpoint: longer than a session's, which it may begin with. */
export const BreakpointName = z
  .string()
  .max(63)
  .regex(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
    "must be lower case letters, digits and dashes",
  );

/** A breakpoint as asked for, in a session that there is. */
export const NewBreakpoint = z.strictObject({
  ...maybeTyped("Breakpoint"),
  metadata: z
    .strictObject({
      name: BreakpointName.optional().describe(
        "default: made from the session's",
      ),
    })
    .optional()
    .describe("what it is called"),
  spec: BreakpointSpec.extend({
    session: z.string().min(1).describe("name of the session it is set in"),
  }).describe("what is asked for"),
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
  ...typed("Breakpoint"),
  metadata: Metadata,
  spec: BreakpointSpec.extend({
    session: z.string().describe("name of the session it is set in"),
  }).describe("what was asked for"),
  status: z
    .object({
      state: BreakpointState.describe("whether it is in force"),
      message: z
        .string()
        .optional()
        .describe("why it is not just as asked for"),
      locations: z
        .array(SourcePlace)
        .describe("where it was found in the replica"),
      hits: z.int().describe("how often it paused a thread, or logged"),
    })
    .describe("how it stands"),
});
export type Breakpoint = z.infer<typeof Breakpoint>;
