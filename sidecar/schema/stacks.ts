import { z } from "zod";
import { API_VERSION } from "./constants.js";
import { PausedRequest } from "./pause.js";

/** One line of a stack. */
export const StackFrame = z.object({
  file: z.string().describe("path in the replica"),
  line: z.int().describe("from 1"),
  function: z.string().describe("the function that it is in"),
  source: z.string().optional().describe("the line itself, where it was found"),
});
export type StackFrame = z.infer<typeof StackFrame>;

/** What one thread of a replica is doing, or one asyncio task that waits. */
export const ThreadStack = z.object({
  thread: z.string().describe("the name of the thread"),
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
  runtime: z.string().describe("such as python 3.11.2"),
  server: z.string().optional().describe("such as gunicorn 20.1.0"),
  problem: z.string().optional().describe("why it did not answer"),
  threads: z.array(ThreadStack).describe("its threads and tasks"),
});
export type ProcessStacks = z.infer<typeof ProcessStacks>;

/** Where everything in a session's replica is, at one moment; nothing is paused. */
export const Stacks = z.object({
  apiVersion: z.literal(API_VERSION).describe("the version of the API"),
  kind: z.literal("Stacks").describe("what kind of object this is"),
  metadata: z
    .object({
      name: z.string().describe("of the session"),
      creationTimestamp: z.iso.datetime().describe("when they were read"),
    })
    .describe("what every object carries about itself"),
  status: z
    .object({
      processes: z
        .array(ProcessStacks)
        .describe("the processes that the kit is in"),
    })
    .describe("what was read"),
});
export type Stacks = z.infer<typeof Stacks>;
