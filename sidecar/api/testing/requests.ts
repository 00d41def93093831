import fc from "fast-check";
import {
  brokenJson,
  jsonTexts,
} from "../../../test/support/arbitrary/broken-json.js";
import { ofSchema } from "../../../test/support/arbitrary/of-schema.js";
import { OPERATIONS, type Operation } from "../operations.js";
import type { RawRequest } from "./raw-http.js";
import { TOKEN } from "./whole.js";

/** Names of what there is, and of what there is not, as they stand in a path. */
export const names = fc.oneof(
  {
    arbitrary: fc.constantFrom("shop", "shop-1", "shop-b1", "3f9c2a1b-1"),
    weight: 4,
  },
  {
    arbitrary: fc.constantFrom(
      ...["%", "%zz", "%00", "%2F", "%2e%2e", "%E0%A4%A", "%F0%9F%92%A5"],
      ...["..", ".", "__proto__", "constructor", "hasOwnProperty", ";a=b", "*"],
      ...["\xff\xfe", "{name}", "'", '"', "<script>", "x".repeat(4_000)],
    ),
    weight: 2,
  },
  {
    arbitrary: fc
      .string({ unit: "binary", maxLength: 10 })
      .map((text) => encodeURIComponent(Buffer.from(text).toString())),
    weight: 1,
  },
);

const queryValues = fc.oneof(
  fc.constantFrom(
    ...["true", "false", "shop", "1", "-1", "0.01", "1e400", "NaN", "", "10m"],
    ...["/tmp/a", "/", "..", "session/shop", "Warning", "Normal,x", "%", "%zz"],
    ...["%00", "%ff", "99999999999999999999d", "[]", "{}", "a.1", "0.0"],
  ),
  fc
    .string({ unit: "binary", maxLength: 8 })
    .map((text) => encodeURIComponent(Buffer.from(text).toString())),
  fc.constant("x".repeat(3_000)),
);

/** Parameters that an operation has, and others; none asks to be kept waiting. */
function queries({ query }: Operation): fc.Arbitrary<string> {
  const known = Object.keys(query?.shape ?? {}).filter((key) => key !== "wait");
  const odd = ["__proto__", "constructor", "a[b]", "", "%zz", "toString"];
  const key = fc.oneof(
    { arbitrary: fc.constantFrom(...known, ...odd), weight: known.length },
    { arbitrary: fc.constantFrom(...odd), weight: 1 },
  );
  const pair = fc.tuple(key, queryValues).map((both) => both.join("="));
  const waits = fc.constantFrom("wait=0.01", "wait=x", "wait=-1", "wait=");
  const some = fc.array(fc.oneof({ arbitrary: pair, weight: 9 }, waits), {
    minLength: 1,
    maxLength: 3,
  });
  return fc
    .oneof(fc.constant([]), some)
    .map((pairs) => (pairs.length > 0 ? `?${pairs.join("&")}` : ""));
}

/** Bodies that an operation takes, mostly of what there is, and others. */
function bodies({ body, takes }: Operation): fc.Arbitrary<Buffer> {
  const nothing = fc.constant(Buffer.alloc(0));
  const anything = fc.oneof(
    jsonTexts.map((text) => Buffer.from(text)),
    fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  );
  if (!body) return takes ? anything : fc.oneof(nothing, nothing, anything);
  const sound = ofSchema(body).chain((value) =>
    fc.constantFrom(value, ofWhatThereIs(value), ofWhatThereIs(value)),
  );
  return fc
    .oneof(
      { arbitrary: sound.map(asText), weight: 4 },
      { arbitrary: brokenJson(sound).map(asText), weight: 4 },
      { arbitrary: anything, weight: 1 },
      { arbitrary: nothing, weight: 1 },
    )
    .filter(({ length }) => length < 2_000_000);
}

const asText = (value: unknown) => Buffer.from(JSON.stringify(value));

/** Of the target and the session that there are. */
function ofWhatThereIs(value: unknown): unknown {
  const { spec, ...rest } = value as { spec: Record<string, unknown> };
  const there = { target: "shop", session: "shop" };
  const known = Object.entries(there).filter(([key]) => key in spec);
  return { ...rest, spec: { ...spec, ...Object.fromEntries(known) } };
}

const headers = fc.record(
  {
    "content-type": fc.oneof(
      { arbitrary: fc.constant("application/json"), weight: 6 },
      {
        arbitrary: fc.constantFrom(
          ...["application/x-tar", "text/plain", "", "application/json; x"],
          ...["application/json; charset=utf-16", "multipart/form-data", "/"],
          ...["application/json; charset=klingon", "APPLICATION/JSON"],
        ),
        weight: 2,
      },
    ),
    "content-encoding": fc.constantFrom("gzip", "br", "klingon"),
    "sidestep-client": fc.constantFrom("alice@devbox", "\xff", "x".repeat(900)),
    "last-event-id": fc.constantFrom("", "a.1", "-1", "\xff.\xff", "x.1e9"),
    accept: fc.constantFrom("*/*", "text/html", "klingon", ""),
  },
  { requiredKeys: ["content-type"] },
);

/** The header that says how a body is packed is wrong each time: it seldom is there. */
const someHeaders = fc
  .tuple(headers, fc.integer({ min: 0, max: 9 }))
  .map(([{ "content-encoding": packed, ...rest }, dice]) =>
    dice === 0 && packed ? { ...rest, "content-encoding": packed } : rest,
  );

/** How the path may be otherwise than it is meant. */
const twists: ((path: string) => string)[] = [
  (path) => `${path}/`,
  (path) => path.replace("/v1", "//v1"),
  (path) => path.replace("/v1", "/v2"),
  (path) => path.replace("/v1", "/V1"),
  (path) => path.replace("/v1/", "/v1/../v1/"),
  (path) => `http://sidecar${path}`,
  (path) => `${path}#fragment`,
  (path) => path.slice(0, -1),
  (path) => `${path}/more`,
];

/** What there is of the kind that a path names. */
function there({ path }: Operation): string {
  if (path.includes("/pauses/")) return "shop-1";
  if (path.includes("/breakpoints/")) return "shop-b1";
  return path.includes("/requests/") ? "3f9c2a1b-1" : "shop";
}

/** Requests for what the API does, as they should be and not; with the token. */
export const requests: fc.Arbitrary<RawRequest> = fc
  .constantFrom(...OPERATIONS)
  .chain((operation) =>
    fc
      .record({
        method: fc.oneof(
          { arbitrary: fc.constant(operation.method as string), weight: 12 },
          fc.constantFrom("GET", "HEAD", "POST", "PUT", "DELETE"),
          fc.constantFrom("PATCH", "OPTIONS", "PROPFIND", "TRACE"),
        ),
        name: fc.oneof(
          { arbitrary: fc.constant(there(operation)), weight: 2 },
          names,
        ),
        twist: fc.oneof(
          { arbitrary: fc.constant((path: string) => path), weight: 4 },
          fc.constantFrom(...twists),
        ),
        query: queries(operation),
        headers: someHeaders,
        body: bodies(operation),
      })
      .map(({ method, name, twist, query, headers, body }) => ({
        method,
        target: twist(operation.path.replace("{name}", () => name)) + query,
        headers: { authorization: `Bearer ${TOKEN}`, ...headers },
        body,
      })),
  );
