import { z } from "zod";
import { API_VERSION } from "./constants.js";

/** A running app that can be debugged: a compose service or a single container. */
export const Target = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("Target"),
  metadata: z.object({
    name: z
      .string()
      .describe("service, project/service or container name, as -t takes it"),
    creationTimestamp: z.iso.datetime(),
  }),
  status: z.object({
    project: z.string().optional(),
    service: z.string().optional(),
    containers: z.array(z.string()),
    image: z.string(),
    state: z.string(),
    ports: z.array(z.int()).describe("exposed TCP ports"),
    sessions: z.array(z.string()),
    problem: z
      .string()
      .optional()
      .describe("why it cannot be debugged, if it cannot"),
  }),
});
export type Target = z.infer<typeof Target>;
