import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { aBreakpoint, aPause, aSession } from "../../cli/testing/objects.js";
import { serveApi } from "./testing/served.js";

let api: Awaited<ReturnType<typeof serveApi>>;
let before: number;
beforeAll(async () => {
  api = await serveApi();
});
beforeEach(() => {
  before = api.events.list().length;
});
afterAll(() => api.close());

const ALICE = { "sidestep-client": "alice@devbox (context staging)" };
type Headers = Record<string, string>;
const BY = "alice@devbox (context staging)";
const pause = aPause().metadata.name;
const breakpoint = aBreakpoint().metadata.name;

/** What is told of a request: reason, object and message. */
async function told(
  method: string,
  path: string,
  { headers = ALICE, body }: { headers?: Headers; body?: object } = {},
) {
  const type = { "content-type": "application/json" };
  const response = await api.ask(path, {
    method,
    headers: { ...headers, ...(body && type) },
    ...(body && { body: JSON.stringify(body) }),
  });
  await response.arrayBuffer();
  return api.events
    .list()
    .slice(before)
    .map(({ status }) => [status.reason, status.object, status.message]);
}

const session = { spec: aSession().spec };

test.each([
  ["POST", "/v1/sessions", session, "CreatedBy", "session/shop"],
  ["PUT", "/v1/sessions/shop", session, "ChangedBy", "session/shop"],
  ["DELETE", "/v1/sessions/shop", undefined, "DeletedBy", "session/shop"],
  [
    "POST",
    `/v1/pauses/${pause}/continue`,
    undefined,
    "ContinuedBy",
    `pause/${pause}`,
  ],
  [
    "DELETE",
    `/v1/breakpoints/${breakpoint}`,
    undefined,
    "DeletedBy",
    `breakpoint/${breakpoint}`,
  ],
  ["GET", "/v1/sessions/shop/share", undefined, "SharedBy", "session/shop"],
])(
  "%s %s must be told, and by whom",
  async (method, path, body, reason, object) => {
    expect(await told(method, path, body && { body })).toEqual([
      [reason, object, BY],
    ]);
  },
);

test("an event of a pause or a breakpoint must be its session's", async () => {
  await told("POST", `/v1/pauses/${pause}/continue`);
  await told("DELETE", `/v1/breakpoints/${breakpoint}`);
  const last = api.events.list().slice(-2);
  expect(last.map(({ status }) => status.session)).toEqual(["shop", "shop"]);
});

test("what only reads, is refused or only tried must not be told", async () => {
  expect(await told("GET", "/v1/sessions")).toEqual([]);
  expect(await told("GET", "/v1/sessions/shop")).toEqual([]);
  const dry = await told("POST", "/v1/sessions?dryRun=true", { body: session });
  expect(dry).toEqual([]);
  const bad = await told("POST", "/v1/sessions", { body: { spec: {} } });
  expect(bad).toEqual([]);
  const headers = { ...ALICE, authorization: "Bearer wrong" };
  expect(await told("DELETE", "/v1/sessions/shop", { headers })).toEqual([]);
});

test("there is no other way to write a path, past the audit", async () => {
  const headers = { "sidestep-client": "bob" };
  expect(await told("DELETE", "/v1/sessions/shop/", { headers })).toEqual([
    ["DeletedBy", "session/shop", "bob"],
  ]);
  before++;
  expect(await told("DELETE", "/V1/Sessions/shop")).toEqual([]);
  const answer = await api.ask("/V1/Sessions/shop", { method: "DELETE" });
  expect(answer.status).toBe(404);
});

test("a client that does not say who it is must be known by its program, and no control characters kept", async () => {
  const by = async (headers: Headers) => {
    const events = await told("GET", "/v1/sessions/shop/share", { headers });
    return events.at(-1)?.[2];
  };
  expect(await by({ "user-agent": "curl/8.4" })).toBe("curl/8.4");
  expect(await by({ "sidestep-client": "m\u00fcller\tx" })).toBe("m?ller?x");
  const long = await by({ "sidestep-client": "a".repeat(5000) });
  expect(long).toHaveLength(200);
});
