import { z } from "zod";
import { API_VERSION } from "./constants.js";

/** A name that can be part of a container's name, a label and a path, and a key of any object. */
export const Name = z
  .string()
  .max(40)
  .regex(
    /^[a-z0-9]([a-z0-9-]*[a-z0-9])?$/,
    "must be lower case letters, digits and dashes",
  )
  .refine((name) => !(name in {}), "must be another word");

/** Labels that the user gives: what `-l` selects by. Ours begin with `sidestep.` and come by themselves. */
export const Labels = z
  .record(
    z
      .string()
      .max(253)
      .regex(
        /^(?!sidestep\.)[A-Za-z0-9]([A-Za-z0-9_./-]*[A-Za-z0-9])?$/,
        "a label's key must be letters, digits, -, _, . and /, and not begin with sidestep.",
      ),
    z
      .string()
      .max(253)
      .regex(
        /^([A-Za-z0-9]([A-Za-z0-9_./-]*[A-Za-z0-9])?)?$/,
        "a label's value must be letters, digits, -, _, . and /",
      ),
  )
  .refine(
    (labels) => Object.keys(labels).length <= 50,
    "must be at most 50 labels",
  );
export type Labels = z.infer<typeof Labels>;

/** Whether a label is one that comes by itself. */
export const isOurs = (key: string): boolean => key.startsWith("sidestep.");

/** What every object carries about itself. */
export const Metadata = z
  .object({
    name: z.string().describe("what every verb takes, as in TYPE/NAME"),
    creationTimestamp: z.iso.datetime().describe("since when it is there"),
    labels: z
      .record(z.string(), z.string())
      .optional()
      .describe("what -l selects by: given on create, and our own"),
  })
  .describe("what the object is called, and since when it is there");
export type Metadata = z.infer<typeof Metadata>;

/** The first two fields of every object. */
export const typed = <K extends string>(kind: K) => ({
  apiVersion: z.literal(API_VERSION).describe("version of this shape"),
  kind: z.literal(kind).describe("what this is an object of"),
});

/** The same, of what is asked for: they may be left out. */
export const maybeTyped = <K extends string>(kind: K) => ({
  apiVersion: typed(kind).apiVersion.optional(),
  kind: typed(kind).kind.optional(),
});
