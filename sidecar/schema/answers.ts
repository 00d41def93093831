import { z } from "zod";
import { API_VERSION } from "./constants.js";
import { Session } from "./session.js";

/** What the sidecar says about itself and its Engine. */
export const ServerVersion = z.object({
  version: z.string().describe("of the sidecar"),
  apiVersion: z.string().describe("the version of the API"),
  engine: z
    .object({
      version: z.string().describe("of the Docker Engine"),
      apiVersion: z.string().describe("of the Engine's API"),
    })
    .describe("the Docker Engine that it uses"),
});
export type ServerVersion = z.infer<typeof ServerVersion>;

/** What creating a session would do. */
export const SessionPlan = z.object({
  session: Session.describe("as it would be"),
  plan: z.string().describe("one operation a line, each with its cause"),
});
export type SessionPlan = z.infer<typeof SessionPlan>;

/** What the API answers when it cannot do what was asked (RFC 9457). */
export const ProblemDocument = z.object({
  type: z
    .string()
    .describe("a URI that names the kind of problem, by its code"),
  title: z.string().describe("the kind of problem, for people"),
  status: z.int().describe("the HTTP status"),
  detail: z.string().describe("what was wrong"),
  code: z
    .string()
    .describe("CamelCase, for programs: NotFound, AlreadyExists, Invalid, …"),
  hint: z.string().optional().describe("what is accepted, and what to do"),
});
export type ProblemDocument = z.infer<typeof ProblemDocument>;

/** A list of resources, as every list of the API is answered. */
export const listOf = <T extends z.ZodType>(kind: string, item: T) =>
  z.object({
    apiVersion: z.literal(API_VERSION).describe("the version of the API"),
    kind: z.literal(`${kind}List`).describe("what kind of list this is"),
    items: z.array(item).describe("the objects"),
  });

/** What there is at a path in a replica. */
export const FileInfo = z.object({
  name: z.string().describe("the last part of its path"),
  size: z.int().describe("bytes"),
  directory: z.boolean().describe("whether it is a folder"),
  linkTarget: z
    .string()
    .describe("where a symbolic link leads to; empty: it is none"),
});
export type FileInfo = z.infer<typeof FileInfo>;
