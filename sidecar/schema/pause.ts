import { z } from "zod";
import { API_VERSION } from "./constants.js";

/** The request that a paused thread was serving. */
export const PausedRequest = z.object({
  method: z.string(),
  path: z.string(),
  client: z.string().optional(),
  since: z.iso
    .datetime()
    .optional()
    .describe("when it came in: how long it has waited"),
  clientGone: z
    .literal(true)
    .optional()
    .describe("the client has left: nobody waits for the answer"),
});

/** One thread of a replica, stopped at a breakpoint or an exception. */
export const Pause = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("Pause"),
  metadata: z.object({
    name: z.string(),
    creationTimestamp: z.iso.datetime(),
  }),
  status: z.object({
    session: z.string(),
    reason: z.string(),
    location: z.object({
      file: z.string(),
      line: z.int(),
      function: z.string(),
    }),
    thread: z.string(),
    pid: z.int(),
    request: PausedRequest.optional(),
    viewers: z.int().describe("terminals attached now"),
  }),
});
export type Pause = z.infer<typeof Pause>;
