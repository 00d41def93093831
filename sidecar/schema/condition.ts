import { z } from "zod";

/** One aspect of an object's state, in the manner of Kubernetes. */
export const Condition = z.object({
  type: z.string().describe("which aspect, such as Ready"),
  status: z.enum(["True", "False", "Unknown"]).describe("whether it holds"),
  reason: z.string().describe("CamelCase, for programs"),
  message: z.string().describe("for people"),
  lastTransitionTime: z.iso.datetime().describe("since when it is so"),
});
export type Condition = z.infer<typeof Condition>;
