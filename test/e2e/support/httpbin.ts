import { run } from "./run.js";

/** The image with Debian's httpbin under gunicorn. */
export const HTTPBIN = "sidestep-test-httpbin";

/** The client's address, so that the app need not tell its connection's. */
const CLIENT = "203.0.113.7";

const PRINT_URL_MAP = `
import json
from httpbin import app
print(json.dumps([{"rule": r.rule, "methods": sorted(r.methods)} for r in app.url_map.iter_rules()]))
`;

/** One line of the app's own map of URLs. */
export interface Endpoint {
  rule: string;
  methods: string[];
}

/** All endpoints that the app has. */
export async function endpointsOf(container: string): Promise<Endpoint[]> {
  const json = await run("docker", [
    ...["exec", container, "python3", "-c", PRINT_URL_MAP],
  ]);
  return JSON.parse(json) as Endpoint[];
}

/** The requests that try an endpoint, as bytes. */
export function requestsTo({ rule, methods }: Endpoint): string[] {
  return methods.flatMap((method) =>
    pathsOf(rule).flatMap((path) =>
      [...(HEADERS[rule] ?? []), ""].flatMap((headers) =>
        bodiesOf(method).map(
          (body) =>
            `${method} ${path} HTTP/1.1\r\nHost: shop.example\r\nX-Forwarded-For: ${CLIENT}\r\nConnection: close\r\n${headers}${body}`,
        ),
      ),
    ),
  );
}

/** What two answers to the same request may differ in, by its shape only. */
export function masked(response: string): string {
  return (
    response
      .replace(/^(Date|Last-Modified): .*$/gm, "$1: <date>")
      .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<uuid>")
      .replace(/\b(?:[0-9a-f]{32}){1,2}\b/g, "<hash>")
      // The time in a gzip's header.
      .replace(/(?<=\x1f\x8b\x08\0).{4}/s, "<ti>")
  );
}

/** The answer of a replica, without what tells it from the original's. */
export const withoutForwarding = (response: string): string =>
  response
    .replace(/^X-Sidestep: .*\r\n/m, "")
    .replaceAll(new RegExp(`${CLIENT}, [0-9a-f.:]+`, "g"), CLIENT);

/** Values for each argument of a path. */
const ARGUMENTS: Record<string, string[]> = {
  algorithm: ["MD5", "SHA-256"],
  anything: ["a/b%20c/%C3%A9"],
  codes: "200 204 205 301 304 401 402 404 406 418 500 503".split(" "),
  delay: ["0.1"],
  etag: ["v1"],
  filename: ["nothing.css"],
  n: ["3"],
  name: ["fruit"],
  numbytes: ["1000"],
  offset: ["1"],
  passwd: ["secret"],
  qop: ["auth"],
  stale_after: ["never"],
  user: ["alice"],
  value: ["60"],
};

/** Queries that make an endpoint do what it is for; `seed`: the same at random each time. */
const QUERIES: Record<string, string> = {
  "/redirect-to": "?url=/get&status_code=307",
  "/response-headers": "?X-Twice=1&X-Twice=2&Content-Language=en",
  "/cookies/set": "?fruit=pear&k=v",
  "/cookies/delete": "?fruit=",
  "/drip": "?duration=0.1&numbytes=5&delay=0",
  "/bytes/<int:n>": "?seed=7",
  "/stream-bytes/<int:n>": "?seed=7&chunk_size=2",
  "/range/<int:numbytes>": "?chunk_size=100",
  "/get": "?a=1&a=2&b=%C3%A9",
};

/** Header lines with which an endpoint answers otherwise. */
const HEADERS: Record<string, string[]> = {
  "/basic-auth/<user>/<passwd>": ["Authorization: Basic YWxpY2U6c2VjcmV0\r\n"],
  "/hidden-basic-auth/<user>/<passwd>": [
    "Authorization: Basic YWxpY2U6c2VjcmV0\r\n",
  ],
  "/bearer": ["Authorization: Bearer abc\r\n"],
  "/cache": ["If-None-Match: x\r\n"],
  "/cookies": ["Cookie: fruit=pear; k=v\r\n"],
  "/etag/<etag>": ["If-None-Match: v1\r\n", "If-Match: v2\r\n"],
  "/headers": ["X-Odd: \xe9\r\nX-Empty:\r\nX-Twice: 1\r\nX-Twice: 2\r\n"],
  "/image": ["Accept: image/png\r\n", "Accept: image/webp\r\n"],
  "/range/<int:numbytes>": ["Range: bytes=10-19\r\n", "Range: bytes=2000-\r\n"],
  "/user-agent": ["User-Agent: a test\r\n"],
};

function pathsOf(rule: string): string[] {
  let paths = [""];
  for (const part of rule.split(/(<[^>]+>)/)) {
    const name = /^<(?:\w+:)?(\w+)>$/.exec(part)?.[1];
    const values = name === undefined ? [part] : ARGUMENTS[name];
    if (!values) throw new Error(`no value is known for ${part} of ${rule}`);
    paths = paths.flatMap((path) => values.map((value) => path + value));
  }
  return paths.map((path) => path + (QUERIES[rule] ?? ""));
}

/** What follows the other header lines: a body's own, and the body. */
function bodiesOf(method: string): string[] {
  if (!["POST", "PUT", "PATCH", "DELETE"].includes(method)) return ["\r\n"];
  const form = "a=1&b=%C3%A9";
  const json = '{"a": [1, "\xc3\xa9"]}';
  const parts =
    '--x\r\nContent-Disposition: form-data; name="f"; filename="f.bin"\r\n\r\n\0\r\n\xff\r\n--x--\r\n';
  const typed = (type: string, body: string) =>
    `Content-Type: ${type}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
  return [
    "Content-Length: 0\r\n\r\n",
    typed("application/x-www-form-urlencoded", form),
    typed("application/json", json),
    typed("multipart/form-data; boundary=x", parts),
    `Content-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n`,
  ];
}
