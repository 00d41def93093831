import { z } from "zod";
import * as schema from "../schema/index.js";
import { OPERATIONS, type Operation } from "./operations.js";

type Json = Record<string, unknown>;

const { Target, Session, NewSession, Pause, Breakpoint, NewBreakpoint, Event } =
  schema;
const { Stacks, ShareLink, ServerVersion, SessionPlan, ProblemDocument } =
  schema;

/** The schemas that have a name in the document. */
const COMPONENTS: Record<string, z.ZodType> = {
  ...{ Target, Session, NewSession, Pause, Breakpoint, NewBreakpoint, Event },
  ...{ Request: schema.SeenRequest, Stacks, ShareLink },
  ...{ ServerVersion, SessionPlan },
  Problem: ProblemDocument,
};

/** Schemas that are read: their defaults may be left out. */
const READ = new Set(["NewSession", "NewBreakpoint"]);

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** The API as an OpenAPI 3.1 document, made from the schemas that it checks and answers with. */
export function openApi(version: string): Json {
  const paths: Record<string, Json> = {};
  for (const operation of OPERATIONS) {
    const path = (paths[operation.path] ??= {});
    path[operation.method.toLowerCase()] = described(operation);
  }
  return {
    openapi: "3.1.1",
    info: {
      title: "sidestep",
      version,
      license: { name: "MIT", identifier: "MIT" },
      description: `The API of a sidestep sidecar. Objects carry the API's version, ${schema.API_VERSION}; paths begin with it. Terminals and streams are WebSockets, which OpenAPI does not describe: /v1/pauses/{name}/attach, and attach, exec and forward of /v1/sessions/{name}.`,
    },
    servers: [{ url: "/", description: "the sidecar that serves this" }],
    security: [{ token: [] }],
    paths,
    components: {
      schemas: components(),
      securitySchemes: {
        token: {
          type: "http",
          scheme: "bearer",
          description:
            "The sidecar's token, which whoever may use its Docker Engine can read.",
        },
      },
      responses: {
        Problem: {
          description: "why it was not done",
          content: { "application/problem+json": { schema: ref("Problem") } },
        },
      },
    },
  };
}

function described(operation: Operation): Json {
  const { method, path, summary, query, body, answers } = operation;
  const { takes, media = "text/plain" } = operation;
  const responses = Object.entries(answers).map(([status, answer]) => [
    status,
    typeof answer === "string"
      ? { description: answer, ...(media && { content: { [media]: {} } }) }
      : { description: summary, content: contentOf(answer, operation) },
  ]);
  return {
    operationId: operationId(method, path),
    summary,
    parameters: [...pathParameters(path), ...queryParameters(query)],
    ...(body && {
      requestBody: {
        required: true,
        content: { "application/json": { schema: schemaOf(body) } },
      },
    }),
    ...(takes && {
      requestBody: { required: true, content: { [takes]: {} } },
    }),
    responses: {
      ...(Object.fromEntries(responses) as Json),
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

function contentOf(answer: z.ZodType, { watched }: Operation): Json {
  return {
    "application/json": { schema: schemaOf(answer) },
    ...(watched && {
      "text/event-stream": {
        schema: {
          type: "string",
          description:
            "with ?watch=true: server-sent events; the data of each is JSON of the schema in x-data",
          "x-data": schemaOf(schema.watchEventOf(watched)),
        },
      },
    }),
  };
}

/** `getSession`, `listSessions`, `continuePause`: what generators of clients name it. */
function operationId(method: string, path: string): string {
  const words = path.replace(/^\/v1/, "").match(/[a-z]+|\{name\}/g) ?? [];
  const named = words.map((word) => word[0]?.toUpperCase() + word.slice(1));
  return method.toLowerCase() + named.join("").replaceAll(/\{name\}/gi, "By");
}

function pathParameters(path: string): Json[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    description: "the object's name",
    schema: { type: "string" },
  }));
}

function queryParameters(query: z.ZodObject | undefined): Json[] {
  const all = Object.entries(query?.shape ?? {}) as [string, z.ZodType][];
  return all.map(([name, type]) => {
    const { description, ...rest } = schemaOf(type);
    return { name, in: "query", description, schema: rest };
  });
}

function components(): Json {
  const all = Object.entries(COMPONENTS).map(([name, type]) => {
    const io = READ.has(name) ? "input" : "output";
    return [name, schemaOf(type, io, name)];
  });
  return Object.fromEntries(all) as Json;
}

/** A JSON schema, in which what has a name is referred to. */
function schemaOf(
  type: z.ZodType,
  io: "input" | "output" = "output",
  self?: string,
): Json {
  const known = Object.entries(COMPONENTS).find(([, each]) => each === type);
  if (known && known[0] !== self) return ref(known[0]);
  const { $schema: _, ...json } = z.toJSONSchema(type, {
    io,
    override: ({ zodSchema, jsonSchema, path }) => {
      const [name] =
        Object.entries(COMPONENTS).find(
          ([, each]) => (each as unknown) === zodSchema,
        ) ?? [];
      if (!name || path.length === 0) return;
      for (const key of Object.keys(jsonSchema)) {
        delete (jsonSchema as Json)[key];
      }
      Object.assign(jsonSchema, ref(name));
    },
  });
  return json;
}
