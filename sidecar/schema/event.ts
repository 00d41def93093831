import { z } from "zod";
import { API_VERSION } from "./constants.js";

/** Whether an event is as it should be, or wants to be looked at. */
export const EventType = z.enum(["Normal", "Warning"]);
export type EventType = z.infer<typeof EventType>;

/** Something that happened; what happens again is counted. */
export const Event = z.object({
  apiVersion: z.literal(API_VERSION).describe("the version of the API"),
  kind: z.literal("Event").describe("what kind of object this is"),
  metadata: z
    .object({
      name: z.string().describe("unlike any other event's"),
      creationTimestamp: z.iso.datetime().describe("when it happened first"),
      labels: z
        .record(z.string(), z.string())
        .optional()
        .describe("what -l selects by"),
    })
    .describe("what every object carries about itself"),
  status: z
    .object({
      type: EventType.describe("Warning: it wants to be looked at"),
      reason: z.string().describe("CamelCase, for programs"),
      object: z
        .string()
        .describe("to what it happened: session/NAME, pause/NAME, …"),
      session: z
        .string()
        .optional()
        .describe("the name of the session that it concerns"),
      message: z.string().describe("for people"),
      count: z.int().describe("how often it happened"),
      firstSeen: z.iso.datetime().describe("when it happened first"),
      lastSeen: z.iso.datetime().describe("when it happened last"),
    })
    .describe("what happened, and how often"),
});
export type Event = z.infer<typeof Event>;
