import { z } from "zod";

/**
 * Control frames of a terminal's WebSocket: JSON in text frames, both ways.
 * Binary frames are the terminal's bytes.
 */
export const ViewerMessage = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("resize"),
    cols: z.int().min(2).max(1000),
    rows: z.int().min(1).max(1000),
  }),
]);
export type ViewerMessage = z.infer<typeof ViewerMessage>;

/** What a viewer is told: the size in force (the smallest viewer's), and the end. */
export type ToViewer =
  | { type: "size"; cols: number; rows: number }
  | { type: "exit"; message: string };
