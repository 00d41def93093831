import { z } from "zod";

const nonEmpty = <T extends z.ZodType>(values: T) =>
  z
    .record(z.string().min(1), values)
    .refine((map) => Object.keys(map).length > 0, "must not be empty");

/** One alternative of a match: everything named in it must hold for a request. */
export const MatchClause = z
  .strictObject({
    header: nonEmpty(z.string())
      .optional()
      .describe("headers by name, in any case, and their exact values"),
    cookie: nonEmpty(z.string())
      .optional()
      .describe("cookies by name, and their exact values"),
    query: nonEmpty(z.string())
      .optional()
      .describe("parameters of the query by name, and their exact values"),
    baggage: nonEmpty(z.string())
      .optional()
      .describe("entries of W3C baggage by key, and their exact values"),
    path: z
      .string()
      .regex(/^[/*]/, 'must begin with "/" or "*"')
      .optional()
      .describe("glob of the path: * within a segment, ** across segments"),
    method: z
      .string()
      .regex(/^[A-Za-z]+$/, "must be an HTTP method, such as GET")
      .optional()
      .describe("HTTP method, such as POST"),
    client: z
      .string()
      .regex(
        /^[0-9a-fA-F.:]+(\/\d{1,3})?$/,
        "must be an IP address or a CIDR, such as 10.0.0.0/8",
      )
      .optional()
      .describe("address of the client, or a CIDR that it is in"),
  })
  .refine((clause) => Object.keys(clause).length > 0, {
    message:
      "must name at least one of header, cookie, query, baggage, path, method, client",
  });
export type MatchClause = z.infer<typeof MatchClause>;
