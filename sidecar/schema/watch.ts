import { z } from "zod";

/** What became of an object that is watched. */
export const ChangeType = z.enum(["ADDED", "MODIFIED", "DELETED"]);
export type ChangeType = z.infer<typeof ChangeType>;

/** Ends what a watch begins with: from here on, it is changes. */
export const Bookmark = z.object({
  type: z.literal("BOOKMARK").describe("from here on, it is changes"),
  complete: z
    .boolean()
    .describe(
      "whether all that there is has been told, so that whatever else is known is gone; else only what has changed since the version that was asked for",
    ),
});

/** One message of a watch of these objects. */
export const watchEventOf = <T extends z.ZodType>(object: T) =>
  z.discriminatedUnion("type", [
    z.object({
      type: ChangeType.describe("what became of the object"),
      object: object.describe("as it is now; DELETED: as it was last"),
    }),
    Bookmark,
  ]);

/** One message of a watch. */
export type WatchEvent<T> =
  { type: ChangeType; object: T } | z.infer<typeof Bookmark>;
