import { afterAll, beforeAll, expect, test } from "vitest";
import { get } from "./support/http.js";
import {
  endpointsOf,
  HTTPBIN,
  masked,
  requestsTo,
  withoutForwarding,
} from "./support/httpbin.js";
import { until } from "./support/poll.js";
import { exchange, understood } from "./support/raw.js";
import { openStage, published, type Stage } from "./support/stage.js";

// Two containers of one real app: one is asked directly, the other has a session.
let stage: Stage;
let direct: string;
let through: string;
let name: string;
let requests: string[];

beforeAll(async () => {
  stage = await openStage();
  // Else each process of Python has its own order of what is in a set, such as Allow.
  const order = ["-e", "PYTHONHASHSEED=0"];
  const start = () =>
    stage.run(["-p", "127.0.0.1:0:8000", ...order], [], HTTPBIN);
  const alone = await start();
  name = await start();
  direct = await published(alone);
  through = await published(name);
  for (const url of [direct, through])
    await until("httpbin answers", () => get(`${url}/ip`), 60);
  const endpoints = await endpointsOf(alone);
  expect(endpoints.length).toBeGreaterThan(50);
  requests = endpoints.flatMap((endpoint) => {
    const made = requestsTo(endpoint);
    expect(made.length).toBeGreaterThanOrEqual(endpoint.methods.length);
    return made;
  });
});
afterAll(async () => {
  await stage?.end();
});

/** Asks both for each request. */
async function compare(
  same: (request: string, direct: string, through: string) => void,
): Promise<void> {
  for (const request of requests) {
    const [one, other] = await Promise.all([
      exchange(direct, request),
      exchange(through, request),
    ]);
    same(request, one, other);
  }
  console.info(`${requests.length} answers of httpbin were compared`);
}

test("every endpoint must answer the same bytes, direct and through a session that matches nobody", async () => {
  const session = await stage.debug(name, "--match", "header:x-debug=alice");
  await compare((request, one, other) => {
    expect(one).toMatch(/^HTTP\/1\.1 \d\d\d /);
    expect(masked(other), request).toBe(masked(one));
  });
  const routed = await until("all are counted", async () => {
    const { status } = await stage.session(session);
    return (status.requests?.original ?? 0) < requests.length
      ? undefined
      : status.requests;
  });
  expect(routed.replica ?? 0).toBe(0);
  await stage.delete(session, name);
});

test("every endpoint of the replica must answer the same, but for where it was asked", async () => {
  const session = await stage.debug(name, "--on-exception", "none");
  const plain = (answer: string) =>
    withoutForwarding(masked(understood(answer)));
  await compare((request, one, other) => {
    expect(other, request).toContain(`\r\nX-Sidestep: session=${session}\r\n`);
    expect(plain(other), request).toBe(plain(one));
  });
  await stage.delete(session, name);
});
