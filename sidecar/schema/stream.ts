import { z } from "zod";

/**
 * The WebSockets of `exec` and `port-forward`. What the client sends in binary
 * frames is what the other side reads. What it gets in them begins with a byte
 * that says what it is, STDOUT or STDERR. Text frames are control, in JSON.
 */

/** What a client says: there is no more to be read, or its terminal has another size. */
export const ToStream = z.discriminatedUnion("type", [
  z.object({ type: z.literal("eof") }),
  z.object({
    type: z.literal("resize"),
    cols: z.int().min(2).max(1000),
    rows: z.int().min(1).max(1000),
  }),
]);
export type ToStream = z.infer<typeof ToStream>;

/** What a client is told: how it ended, and why it did not even begin. */
export interface FromStream {
  type: "exit";
  code: number;
  failure?: string;
}
