import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import formats from "ajv-formats";
import { afterAll, beforeAll, expect, test } from "vitest";
import { IDENTITY_PATH } from "../schema/identity.js";
import { openApi } from "./openapi.js";
import { OPERATIONS } from "./operations.js";
import { serveApi } from "./testing/served.js";

let api: Awaited<ReturnType<typeof serveApi>>;
beforeAll(async () => {
  api = await serveApi();
});
afterAll(() => api.close());

const document = openApi("0.1.0") as {
  paths: Record<string, Record<string, DocumentedOperation>>;
  components: object;
};
interface DocumentedOperation {
  operationId: string;
  responses: Record<
    string,
    { content: Record<string, { schema: Record<string, unknown> }> }
  >;
}

const ajv = new Ajv2020({ strict: false });
formats.default(ajv);
ajv.addSchema({ $id: "api", components: document.components });
/** A schema of the document, which may refer to its components. */
const compile = (schema: object): ValidateFunction =>
  ajv.compile(
    JSON.parse(
      JSON.stringify(schema).replaceAll('"#/components', '"api#/components'),
    ) as object,
  );

test("the document is one of OpenAPI 3.1, and the one that is served", async () => {
  const result = await new Validator().validate(structuredClone(document));
  expect(result.errors).toBeUndefined();
  expect(result.valid).toBe(true);
  expect(await (await api.ask("/openapi.json")).json()).toEqual(document);
  const unknown = await api.ask("/openapi.json", {
    headers: { authorization: "Bearer wrong" },
  });
  expect(unknown.status).toBe(401);
});

test("each operation has a name of its own", () => {
  const ids = Object.values(document.paths).flatMap((path) =>
    Object.values(path).map(({ operationId }) => operationId),
  );
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toContain("getSessionsByLogs");
});

test("each route is in the document, and the other way round", () => {
  const { stack } = api.app.router as unknown as {
    stack: { route?: { path: string; methods: Record<string, boolean> } }[];
  };
  const routes = stack.flatMap(({ route }) =>
    Object.keys(route?.methods ?? {}).map(
      (method) =>
        `${method.toUpperCase()} ${route?.path.replaceAll(/:(\w+)/g, "{$1}")}`,
    ),
  );
  const documented = OPERATIONS.map(({ method, path }) => `${method} ${path}`);
  expect(routes.toSorted()).toEqual(documented.toSorted());
});

const BODIES: Record<string, object> = {
  "/v1/sessions": { spec: { target: "shop" } },
  "/v1/sessions/{name}": { spec: { target: "shop" } },
  "/v1/breakpoints/{name}": { spec: { session: "shop", at: "views.py:42" } },
  "/v1/breakpoints": { spec: { session: "shop", at: "views.py:42" } },
};

const QUERIES: Record<string, string> = {
  [IDENTITY_PATH]: "?nonce=1",
  "/v1/sessions/{name}/files": "?path=/tmp/a",
};

const cases = OPERATIONS.filter(
  ({ answers }) => typeof Object.values(answers)[0] !== "string",
).map(({ method, path }) => [method, path] as const);

test.each(cases)("%s %s answers as documented", async (method, path) => {
  const name = path.includes("pauses") ? "3f9c2a1b" : "shop";
  const body = method.startsWith("P") ? BODIES[path] : undefined;
  const query = QUERIES[path] ?? "";
  const answer = await api.ask(path.replace("{name}", name) + query, {
    method,
    ...(body && {
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    }),
  });
  const operation = document.paths[path]?.[method.toLowerCase()];
  const told = operation?.responses[answer.status];
  const schema = told?.content["application/json"]?.schema;
  if (!schema) throw new Error(`${answer.status} is not documented`);
  const valid = compile(schema);
  const json: unknown = await answer.json();
  expect([valid(json), valid.errors]).toEqual([true, null]);
  // The schema is no formality: it knows what else there may be.
  if (path !== "/openapi.json") {
    expect(valid({ ...(json as object), colour: "red" })).toBe(false);
  }
});

test.each([
  "targets",
  "sessions",
  "pauses",
  "requests",
  "breakpoints",
  "events",
])("what a watch of %s tells is as documented", async (list) => {
  const answer = await api.ask(`/v1/${list}?watch=true`);
  const told = document.paths[`/v1/${list}`]?.["get"]?.responses["200"];
  const schema = told?.content["text/event-stream"]?.schema["x-data"];
  const valid = compile(schema as object);
  let text = "";
  for await (const chunk of answer.body ?? []) {
    text += Buffer.from(chunk as Uint8Array).toString();
    if (text.includes("BOOKMARK")) break;
  }
  const data = text.match(/^data: .*$/gm) ?? [];
  // Of events there are also those of what the tests before have done.
  expect(data.length).toBeGreaterThanOrEqual(2);
  for (const line of data) {
    const event: unknown = JSON.parse(line.slice(6));
    expect([valid(event), valid.errors]).toEqual([true, null]);
  }
});

test("a problem is as documented", async () => {
  const answer = await api.ask("/v1/nothing");
  const valid = compile({ $ref: "#/components/schemas/Problem" });
  const json: unknown = await answer.json();
  expect([valid(json), valid.errors]).toEqual([true, null]);
});
