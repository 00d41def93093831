import { z } from "zod";
import { API_VERSION } from "./constants.js";
import { PausedRequest } from "./pause.js";

/** One line of a stack. */
export const StackFrame = z.object({
  file: z.string(),
  line: z.int(),
  function: z.string(),
  source: z.string().optional().describe("the line itself, where it was found"),
});
export type StackFrame = z.infer<typeof StackFrame>;

/** What one thread of a replica is doing, or one asyncio task that waits. */
export const ThreadStack = z.object({
  thread: z.string(),
  task: z.string().optional().describe("an asyncio task of that thread"),
  state: z
    .string()
    .optional()
    .describe("such as running, waiting for a lock, paused"),
  pause: z.string().optional().describe("the name of the pause that it is in"),
  request: PausedRequest.optional().describe("what it serves"),
  frames: z.array(StackFrame).describe("the innermost first"),
  omitted: z.int().describe("how many of the outermost frames are left out"),
});
export type ThreadStack = z.infer<typeof ThreadStack>;

/** One process of a replica that the kit is in. */
export const ProcessStacks = z.object({
  pid: z.int().describe("as the replica's container counts"),
  runtime: z.string(),
  server: z.string().optional(),
  problem: z.string().optional().describe("why it did not answer"),
  threads: z.array(ThreadStack),
});
export type ProcessStacks = z.infer<typeof ProcessStacks>;

/** Where everything in a session's replica is, at one moment; nothing is paused. */
export const Stacks = z.object({
  apiVersion: z.literal(API_VERSION),
  kind: z.literal("Stacks"),
  metadata: z.object({
    name: z.string().describe("of the session"),
    creationTimestamp: z.iso.datetime(),
  }),
  status: z.object({ processes: z.array(ProcessStacks) }),
});
export type Stacks = z.infer<typeof Stacks>;
