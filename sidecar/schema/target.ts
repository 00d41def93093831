import { z } from "zod";
import { Metadata, typed } from "./metadata.js";

/** A running app that can be debugged: a compose service or a single container. */
export const Target = z.object({
  ...typed("Target"),
  metadata: Metadata.extend({
    name: z
      .string()
      .describe(
        "service, project/service or container name, as debug takes it",
      ),
  }).describe("what the object is called, and since when it is there"),
  status: z
    .object({
      project: z.string().optional().describe("compose project, if it has one"),
      service: z.string().optional().describe("compose service, if it is one"),
      containers: z.array(z.string()).describe("names of its containers"),
      image: z.string().describe("image that it runs"),
      state: z.string().describe("as Docker says: running, paused, …"),
      ports: z.array(z.int()).describe("exposed TCP ports"),
      sessions: z
        .array(z.string())
        .describe("names, in the order in which they are asked"),
      problem: z
        .string()
        .optional()
        .describe("why it cannot be debugged, if it cannot"),
    })
    .describe("what runs there now"),
});
export type Target = z.infer<typeof Target>;
