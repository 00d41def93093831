import { z } from "zod";

/** One aspect of an object's state, in the manner of Kubernetes. */
export const Condition = z.object({
  type: z.string(),
  status: z.enum(["True", "False", "Unknown"]),
  reason: z.string().describe("CamelCase, for programs"),
  message: z.string().describe("for people"),
  lastTransitionTime: z.iso.datetime(),
});
export type Condition = z.infer<typeof Condition>;
