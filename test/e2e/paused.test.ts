import { afterAll, beforeAll, expect, test } from "vitest";
import { get, servedBy } from "./support/http.js";
import { ALICE, startKept, STOP } from "./support/kept.js";
import { until } from "./support/poll.js";
import { openStage, type App, type Stage } from "./support/stage.js";

let stage: Stage;
let app: App;

beforeAll(async () => {
  stage = await openStage();
  app = await startKept(stage);
});
afterAll(async () => {
  await stage?.end();
});

/** Starts a session with these flags, has a request of alice's paused in it, and ends both. */
async function whilePaused(
  flags: string[],
  use: (session: string) => Promise<void>,
): Promise<void> {
  const session = await stage.debug(app.name, "-b", STOP, ...flags);
  try {
    const stopped = get(`${app.url}/stop`, ALICE);
    stopped.catch(() => undefined);
    await until("it is paused, and the interceptor knows", async () => {
      const signal = AbortSignal.timeout(500);
      const probe = { headers: ALICE, signal };
      const { headers } = await fetch(`${app.url}/healthz`, probe);
      return !headers.has("x-sidestep");
    });
    await use(session);
    await stage.cli.ok("continue");
    const answer = await stopped;
    expect([answer.status, answer.body, servedBy(answer)]).toEqual([
      200,
      "went on",
      `session=${session}`,
    ]);
  } finally {
    await stage.delete(session, app.name);
  }
}

const ONLY_ALICE = ["--match", "header:x-debug=alice"];

test("a request that waits longer than maxWait must get a 504, but not the one at the prompt", async () => {
  await whilePaused([...ONLY_ALICE, "--max-wait", "2s"], async (session) => {
    const began = Date.now();
    const late = await get(app.url, ALICE);
    const seconds = (Date.now() - began) / 1000;
    expect(late.status).toBe(504);
    expect(late.headers["x-sidestep"]).toBe(`paused; session=${session}`);
    expect(late.body).toBe(
      `sidestep: session ${session} is paused, and this request has waited for 2 s (maxWait). To see where, and let it go on with c: sidestep attach session/${session}\n`,
    );
    expect(seconds).toBeGreaterThan(1.9);
    expect(seconds).toBeLessThan(6);
    const event = /WaitedTooLong: GET \/ from \S+ has waited for 2 s while/;
    await until("it is told", async () =>
      event.test(await stage.sidecar.logs()),
    );
    // The others are nobody's business.
    expect(servedBy(await get(app.url))).toBe("original");
  });
});

test("a pause that is longer than maxPause must go on, and a session that nobody uses must end", async () => {
  const limits = ["--max-pause", "2s", "--idle-timeout", "6s"];
  const flags = [...ONLY_ALICE, ...limits, "-b", STOP];
  const session = await stage.debug(app.name, ...flags);
  const answer = await get(`${app.url}/stop`, ALICE);
  expect([answer.status, answer.body, servedBy(answer)]).toEqual([
    200,
    "went on",
    `session=${session}`,
  ]);
  await stage.cli.ok("wait", `session/${session}`, "--for=delete");
  expect(servedBy(await get(app.url, ALICE))).toBe("original");
  const events = await stage.cli.ok("get", "events");
  expect(events).toMatch(
    /MaxPause +pause\/\S+ +paused for 2s \(maxPause\): the/,
  );
  expect(events).toMatch(
    /IdleExpired +session\/\S+ +nobody has used it for 6s/,
  );
});

test("without maxWait a request must wait until the replica goes on", async () => {
  let waiting: ReturnType<typeof get> | undefined;
  let session = "";
  await whilePaused(ONLY_ALICE, async (name) => {
    session = name;
    const count = async () => (await stage.session(name)).status.requests;
    const before = (await count()).replica;
    waiting = get(`${app.url}/late`, ALICE);
    await until(
      "it is seen to wait",
      async () => (await count()).replica > before,
    );
  });
  const answer = await waiting;
  expect(answer?.status).toBe(200);
  expect(answer && servedBy(answer)).toBe(`session=${session}`);
});

test("whenPaused: original must leave new requests to the original, and reject must refuse them", async () => {
  const when = (mode: string) => [...ONLY_ALICE, "--when-paused", mode];
  await whilePaused(when("original"), async () => {
    const answer = await get(app.url, ALICE);
    expect([answer.status, servedBy(answer)]).toEqual([200, "original"]);
  });
  await whilePaused(when("reject"), async (session) => {
    const answer = await get(app.url, ALICE);
    expect(answer.status).toBe(503);
    expect(answer.headers["x-sidestep"]).toBe(`paused; session=${session}`);
    expect(answer.body).toContain(`sidestep attach session/${session}`);
  });
});

test("health probes must be answered by the original while a session that takes everything is paused", async () => {
  const flags = ["--probe", "path=/alive", "--probe", "agent=my-lb/*"];
  await whilePaused([...flags, "--max-wait", "1s"], async () => {
    const by = async (path: string, agent = "curl/8") => {
      const answer = await get(app.url + path, { "user-agent": agent });
      return `${answer.status} ${servedBy(answer)}`;
    };
    expect(await by("/healthz")).toBe("200 original");
    expect(await by("/", "kube-probe/1.31")).toBe("200 original");
    expect(await by("/alive")).toBe("200 original");
    expect(await by("/", "my-lb/2")).toBe("200 original");
    expect(await by("/orders")).toMatch(/^504 paused/);
  });
  const session = await stage.debug(app.name);
  const healthy = await get(`${app.url}/healthz`);
  expect(servedBy(healthy)).toBe(`session=${session}`);
  await stage.delete(session, app.name);
});
