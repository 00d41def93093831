import { z } from "zod";

const nonEmpty = <T extends z.ZodType>(values: T) =>
  z
    .record(z.string().min(1), values)
    .refine((map) => Object.keys(map).length > 0, "must not be empty");

/** One alternative of a match: everything named in it must hold for a request. */
export const MatchClause = z
  .strictObject({
    header: nonEmpty(z.string()).optional(),
    cookie: nonEmpty(z.string()).optional(),
    query: nonEmpty(z.string()).optional(),
    baggage: nonEmpty(z.string()).optional(),
    path: z
      .string()
      .regex(/^[/*]/, 'must begin with "/" or "*"')
      .optional()
      .describe("Glob of the path: * within a segment, ** across segments."),
    method: z
      .string()
      .regex(/^[A-Za-z]+$/, "must be an HTTP method, such as GET")
      .optional(),
    client: z
      .string()
      .regex(
        /^[0-9a-fA-F.:]+(\/\d{1,3})?$/,
        "must be an IP address or a CIDR, such as 10.0.0.0/8",
      )
      .optional(),
  })
  .refine((clause) => Object.keys(clause).length > 0, {
    message:
      "must name at least one of header, cookie, query, baggage, path, method, client",
  });
export type MatchClause = z.infer<typeof MatchClause>;
