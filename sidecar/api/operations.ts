import { z } from "zod";
import type { ActReason } from "../audit.js";
import {
  Breakpoint,
  Event,
  FileInfo,
  IDENTITY_PATH,
  listOf,
  NewBreakpoint,
  NewSession,
  Pause,
  SeenRequest,
  ServerVersion,
  Session,
  SessionPlan,
  ShareLink,
  Stacks,
  Target,
} from "../schema/index.js";

/** One thing that the API does: what it takes and what it answers. */
export interface Operation {
  method: "GET" | "POST" | "PUT" | "DELETE";
  /** With its parameters as `{name}`. */
  path: string;
  summary: string;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** The media type of a body that is no JSON. */
  takes?: string;
  /** What it answers by status; a text: no JSON. */
  answers: Record<number, z.ZodType | string>;
  /** The media type of an answer that is no JSON, if not text/plain; empty: it has no body. */
  media?: string;
  /** What the audit tells of it, where it is done and not only tried. */
  act?: ActReason;
  /** The objects of a list that can be watched. */
  watched?: z.ZodType;
}

const flag = z.enum(["true", "false"]).optional();
const session = z
  .string()
  .optional()
  .describe("only those of the session of this name");

const watching = {
  name: z.string().optional().describe("only the object of this name"),
  watch: flag.describe(
    "go on with what changes, as server-sent events; default: false",
  ),
  resourceVersion: z
    .string()
    .optional()
    .describe(
      "the id of the last event of an earlier watch, to be told what has changed since; goes after the header Last-Event-ID",
    ),
};

const listing = (
  plural: string,
  kind: string,
  object: z.ZodType,
  query: z.ZodRawShape = {},
): Operation => ({
  method: "GET",
  path: `/v1/${plural}`,
  summary: `List or watch ${plural}`,
  query: z.strictObject({ ...query, ...watching }),
  answers: { 200: listOf(kind, object) },
  watched: object,
});

const dryRun = z.strictObject({
  dryRun: flag.describe(
    "only check it and answer 200 with what would be; default: false",
  ),
});

const inReplica = z.strictObject({
  path: z.string().describe("from the root, such as /tmp/a"),
});

const SESSION = "/v1/sessions/{name}";
const PAUSE = "/v1/pauses/{name}";
const BREAKPOINT = "/v1/breakpoints/{name}";

/** All that the API does: its document is made of this, and requests are checked by it. */
export const OPERATIONS: Operation[] = [
  {
    method: "GET",
    path: "/openapi.json",
    summary: "This document",
    answers: { 200: z.record(z.string(), z.unknown()) },
  },
  {
    method: "GET",
    path: "/metrics",
    summary: "Read the figures of the sidecar, in Prometheus' text format",
    answers: { 200: "the figures" },
  },
  {
    method: "GET",
    path: IDENTITY_PATH,
    summary:
      "Read what only a holder of the token can say of a nonce; asked without the token",
    query: z.strictObject({
      nonce: z.string().describe("what it is to be said of"),
    }),
    answers: {
      200: z.strictObject({
        proof: z.string().describe("its HMAC with SHA-256, by the token"),
      }),
    },
  },
  {
    method: "GET",
    path: "/v1/version",
    summary: "Read the versions of the sidecar, its API and the Engine",
    answers: { 200: ServerVersion },
  },
  listing("targets", "Target", Target),
  listing("sessions", "Session", Session),
  {
    method: "POST",
    path: "/v1/sessions",
    act: "CreatedBy",
    summary: "Create a session",
    query: z.strictObject({
      dryRun: flag.describe(
        "only check it and answer 200 with the plan; default: false",
      ),
    }),
    body: NewSession,
    answers: { 200: SessionPlan, 201: Session },
  },
  {
    method: "GET",
    path: SESSION,
    summary: "Read a session",
    answers: { 200: Session },
  },
  {
    method: "PUT",
    path: SESSION,
    act: "ChangedBy",
    summary:
      "Change a session: in place where its replica can stay, else its replica is made anew",
    query: dryRun,
    body: NewSession,
    answers: { 200: Session },
  },
  {
    method: "DELETE",
    path: SESSION,
    act: "DeletedBy",
    summary: "End a session; it is gone when reading it answers 404",
    answers: { 202: Session },
  },
  {
    method: "GET",
    path: `${SESSION}/logs`,
    summary: "Read the log of a session's replica",
    query: z.strictObject({
      follow: flag.describe("go on with what comes; default: false"),
      tail: z.string().optional().describe("so many of the last lines"),
      since: z.string().optional().describe("what is not older, such as 10m"),
      timestamps: flag.describe("begin each line with its time"),
    }),
    answers: { 200: "the log" },
  },
  {
    method: "GET",
    path: `${SESSION}/files`,
    summary: "Read what there is at a path in a session's replica",
    query: inReplica,
    answers: { 200: FileInfo },
  },
  {
    method: "GET",
    path: `${SESSION}/archive`,
    act: "FilesReadBy",
    summary: "Read a tar of what there is at a path in a session's replica",
    query: inReplica,
    answers: { 200: "the tar" },
    media: "application/x-tar",
  },
  {
    method: "PUT",
    path: `${SESSION}/archive`,
    act: "FilesWrittenBy",
    summary: "Unpack a tar into a folder of a session's replica",
    query: inReplica,
    takes: "application/x-tar",
    answers: { 204: "it is unpacked" },
    media: "",
  },
  {
    method: "GET",
    path: `${SESSION}/share`,
    act: "SharedBy",
    summary: "Read the link that puts a browser into a session",
    answers: { 200: ShareLink },
  },
  {
    method: "GET",
    path: `${SESSION}/stacks`,
    summary: "Read where all threads of a session's replica are",
    answers: { 200: Stacks },
  },
  listing("pauses", "Pause", Pause, {
    session,
    wait: z
      .string()
      .optional()
      .describe(
        "with a session: answer as soon as there is one, or after so many seconds, at most 25",
      ),
  }),
  {
    method: "GET",
    path: PAUSE,
    summary: "Read a pause",
    answers: { 200: Pause },
  },
  {
    method: "POST",
    path: `${PAUSE}/continue`,
    act: "ContinuedBy",
    summary: "Let a paused thread go on",
    answers: { 200: Pause },
  },
  listing("requests", "Request", SeenRequest, {
    session,
    unmatched: flag.describe(
      "also those that no session matched, recorded from now on and for 30 s, or for as long as it is watched; default: false",
    ),
  }),
  {
    method: "GET",
    path: "/v1/requests/{name}",
    summary: "Read a request",
    answers: { 200: SeenRequest },
  },
  listing("breakpoints", "Breakpoint", Breakpoint, { session }),
  {
    method: "POST",
    path: "/v1/breakpoints",
    act: "CreatedBy",
    summary: "Create a breakpoint or a logpoint",
    query: dryRun,
    body: NewBreakpoint,
    answers: { 200: Breakpoint, 201: Breakpoint },
  },
  {
    method: "GET",
    path: BREAKPOINT,
    summary: "Read a breakpoint",
    answers: { 200: Breakpoint },
  },
  {
    method: "PUT",
    path: BREAKPOINT,
    act: "ChangedBy",
    summary: "Change a breakpoint in place: its name stays",
    query: dryRun,
    body: NewBreakpoint,
    answers: { 200: Breakpoint },
  },
  {
    method: "DELETE",
    path: BREAKPOINT,
    act: "DeletedBy",
    summary: "Take a breakpoint away",
    answers: { 200: Breakpoint },
  },
  listing("events", "Event", Event, {
    for: z
      .string()
      .optional()
      .describe("only of this object, as TYPE/NAME; of a session, all of it"),
    types: z
      .string()
      .optional()
      .describe("only these: Normal, Warning, or both with a comma"),
  }),
];

const TABLE = OPERATIONS.map((operation) => ({
  operation,
  pattern: new RegExp(`^${operation.path.replace(/\{\w+\}/g, "([^/]+)")}/?$`),
}));

/** What there is at a path, by any method, and the names in the path, as they stand there. */
export function operationsAt(
  path: string,
): { operation: Operation; names: string[] }[] {
  return TABLE.flatMap(({ operation, pattern }) => {
    const found = pattern.exec(path);
    return found ? [{ operation, names: found.slice(1) }] : [];
  });
}

/** The operation of a method among those; who asks for a head asks as a GET would. */
export function byMethod<T extends { operation: Operation }>(
  here: T[],
  method: string,
): T | undefined {
  const wanted = method === "HEAD" ? "GET" : method;
  return here.find(({ operation }) => operation.method === wanted);
}
