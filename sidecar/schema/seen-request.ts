import { z } from "zod";
import { Metadata, typed } from "./metadata.js";

/** Where a request went: `probe` is a health probe that the original has answered for a paused replica. */
export const RequestRoute = z.enum([
  "replica",
  "original",
  "reject",
  "share",
  "probe",
]);
export type RequestRoute = z.infer<typeof RequestRoute>;

/** How a request stands: `answering`, its answer has begun; `gone`, its client has left without one. */
export const RequestState = z.enum([
  "waiting",
  "paused",
  "answering",
  "ended",
  "gone",
]);
export type RequestState = z.infer<typeof RequestState>;

/** One request that an interceptor has seen. */
export const SeenRequest = z.object({
  ...typed("Request"),
  metadata: Metadata,
  status: z
    .object({
      session: z
        .string()
        .optional()
        .describe("the session that it matched; absent: none"),
      container: z.string().describe("the container that it was sent to"),
      method: z.string().describe("empty: a connection that is not HTTP/1"),
      path: z.string().describe("path and query"),
      client: z.string().describe("address of the client"),
      route: RequestRoute.describe("where it went"),
      reason: z.string().describe("why it was routed so"),
      state: RequestState.describe("how it stands"),
      pause: z.string().optional().describe("the pause that it is at"),
      status: z.int().optional().describe("of its answer"),
      answeredMs: z
        .number()
        .optional()
        .describe("from its head to its answer's head, in milliseconds"),
      durationMs: z
        .number()
        .optional()
        .describe("from its head to the end of its answer, in milliseconds"),
      received: z.int().describe("bytes of the request"),
      sent: z.int().describe("bytes of the answer"),
      headers: z
        .array(
          z.object({
            name: z.string().describe("of the header"),
            value: z.string().optional().describe("absent: it is not shown"),
          }),
        )
        .optional()
        .describe("values only of those that help and are no secrets"),
    })
    .describe("what was seen of it"),
});
export type SeenRequest = z.infer<typeof SeenRequest>;
