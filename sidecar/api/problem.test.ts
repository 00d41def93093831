import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProblemDocument } from "../schema/index.js";
import { serveApi } from "./testing/served.js";

let api: Awaited<ReturnType<typeof serveApi>>;
beforeAll(async () => {
  api = await serveApi();
});
afterAll(() => api.close());

const JSON_TYPE = "application/json";
const post = (body: string, type = JSON_TYPE): RequestInit => ({
  method: "POST",
  body,
  headers: { "content-type": type },
});
const session = (spec: object, more: object = {}) =>
  post(JSON.stringify({ spec, ...more }));

test("a problem is a document of its own type, with all that is known", async () => {
  const answer = await api.ask("/v1/pauses/nope");
  expect(answer.headers.get("content-type")).toMatch(
    /^application\/problem\+json/,
  );
  expect(await answer.json()).toEqual({
    type: "tag:sidestep.dev,2026:problem/NotFound",
    title: "Not found",
    status: 404,
    detail: 'pauses "nope" not found',
    code: "NotFound",
  });
});

test.each<[string, string, RequestInit, number, string, string, string?]>([
  ["bad JSON", "/v1/sessions", post("{"), 400, "BadRequest", "not JSON", "{…}"],
  [
    "a bad type of body",
    "/v1/sessions",
    post("{}", "text/plain"),
    415,
    "UnsupportedMediaType",
    "the body is text/plain",
    "Content-Type: application/json",
  ],
  [
    "a body that is too large",
    "/v1/sessions",
    session({ target: "x".repeat(300_000) }),
    413,
    "TooLarge",
    "at most 256kb",
  ],
  [
    "an unknown field",
    "/v1/sessions",
    session({ target: "x", prot: 8000 }),
    422,
    "Invalid",
    'unknown field "spec.prot", did you mean "spec.port"?',
  ],
  [
    "an unknown field deep inside",
    "/v1/sessions",
    session({ target: "x", match: [{ heder: {} }] }),
    422,
    "Invalid",
    'unknown field "spec.match[0].heder", did you mean "spec.match[0].header"?',
  ],
  [
    "an unknown field that is like none",
    "/v1/sessions",
    session({ target: "x" }, { wavelength: 1 }),
    422,
    "Invalid",
    'unknown field "wavelength"',
  ],
  [
    "an unknown parameter",
    "/v1/pauses?sesion=x",
    {},
    400,
    "BadRequest",
    'unknown parameter "sesion", did you mean "session"?',
    "session, wait, name, watch",
  ],
  [
    "a bad value of a parameter",
    "/v1/sessions?watch=yes",
    {},
    400,
    "BadRequest",
    'the parameter "watch"',
  ],
  [
    "a parameter that is given twice",
    "/v1/sessions?name=a&name=b",
    {},
    400,
    "BadRequest",
    'the parameter "name"',
  ],
  [
    "a bad method",
    "/v1/sessions",
    { method: "PUT" },
    405,
    "MethodNotAllowed",
    "/v1/sessions does not take PUT",
    "It takes GET, POST, HEAD.",
  ],
  [
    "another version",
    "/v2/sessions",
    {},
    404,
    "UnsupportedVersion",
    "does not serve v2",
    "/v1/",
  ],
  ["nothing", "/v1/nothing", {}, 404, "NotFound", "nothing at /v1/nothing"],
])(
  "%s is refused, and told how it goes",
  async (_what, path, init, status, code, detail, hint = "") => {
    const answer = await api.ask(path, init);
    const told = (await answer.json()) as ProblemDocument;
    expect([answer.status, told.status, told.code]).toEqual([
      status,
      status,
      code,
    ]);
    expect(told.detail).toContain(detail);
    expect(told.hint ?? "").toContain(hint);
  },
);

test("a bad method is told which are good in the header, too", async () => {
  const answer = await api.ask("/v1/sessions/shop", { method: "PATCH" });
  expect(answer.headers.get("allow")).toBe("GET, PUT, DELETE, HEAD");
});
