import { z } from "zod";
import { SourcePlace } from "./breakpoint.js";
import { Metadata, typed } from "./metadata.js";

/** The request that a paused thread was serving. */
export const PausedRequest = z.object({
  method: z.string().describe("HTTP method"),
  path: z.string().describe("path and query"),
  client: z.string().optional().describe("address of the client"),
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
  ...typed("Pause"),
  metadata: Metadata,
  status: z
    .object({
      session: z.string().describe("name of the session it is a pause of"),
      reason: z
        .string()
        .describe("why it stopped, such as breakpoint, or the exception"),
      location: SourcePlace.describe("where it stopped"),
      thread: z.string().describe("name of the thread"),
      pid: z.int().describe("its process, as the replica counts"),
      request: PausedRequest.optional().describe("what it was serving"),
      viewers: z.int().describe("terminals attached now"),
    })
    .describe("how it stands"),
});
export type Pause = z.infer<typeof Pause>;
