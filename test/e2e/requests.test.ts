import { afterAll, beforeAll, expect, test } from "vitest";
import type { List, SeenRequest } from "../../sidecar/schema/index.js";
import { get, servedBy } from "./support/http.js";
import { ALICE, startKept, STOP } from "./support/kept.js";
import { until } from "./support/poll.js";
import { openStage, type App, type Stage } from "./support/stage.js";
import { startWatching } from "./support/watching.js";

const ONLY_ALICE = ["--match", "header:x-debug=alice"];

let stage: Stage;
let app: App;
let session: string;
beforeAll(async () => {
  stage = await openStage();
  app = await startKept(stage);
  session = await stage.debug(app.name, "-b", STOP, ...ONLY_ALICE);
});
afterAll(async () => {
  await stage?.end();
});

const requests = async (...args: string[]): Promise<SeenRequest[]> => {
  const json = await stage.cli.ok("get", "requests", "-o", "json", ...args);
  return (JSON.parse(json) as List<SeenRequest>).items;
};
/** Its answer may be here before the sidecar knows that it has ended. */
const found = (path: string, state: string, ...args: string[]) =>
  until(`${path} is listed as ${state}`, async () =>
    (await requests(...args)).find(
      ({ status }) => status.path === path && status.state === state,
    ),
  );

test("a matched request must be listed with its route, its status and why, and no secret of it", async () => {
  const secret = {
    authorization: "Bearer hush",
    cookie: "sessionid=hush",
    "user-agent": "test",
  };
  await get(`${app.url}/?one`, { ...ALICE, ...secret });
  const { metadata, status } = await found("/?one", "ended");
  expect(status).toMatchObject({
    session,
    container: app.name,
    method: "GET",
    route: "replica",
    reason: `session ${session}: clause 1 matches`,
    state: "ended",
    status: 200,
  });
  expect(status.durationMs).toBeGreaterThanOrEqual(status.answeredMs ?? NaN);
  expect(status.sent).toBeGreaterThan(100);
  const described = await stage.cli.ok("describe", "request", metadata.name);
  expect(described).toMatch(/x-debug: +alice/);
  expect(described).toMatch(/user-agent: +test/);
  expect(described).toMatch(/authorization: +\(not shown\)/);
  expect(JSON.stringify(status) + described).not.toContain("hush");
});

test("one that is paused must say so, and those behind it that they wait, until they are answered", async () => {
  const watching = startWatching(
    stage.sidecar.name,
    ...["get", "requests", "-w", "-o", "wide"],
  );
  // The one of the test before: it watches.
  await watching.sees(/^NAME /);
  const stopped = get(`${app.url}/stop?first`, ALICE);
  const { status } = await until("it is paused", async () => {
    const all = await requests();
    return all.find(({ status }) => status.state === "paused");
  });
  expect(status).toMatchObject({ path: "/stop?first", pause: `${session}-1` });
  await watching.sees(new RegExp(`/stop\\?first .* paused \\(${session}-1\\)`));
  const behind = get(`${app.url}/?behind`, ALICE);
  const waiting = await found("/?behind", "waiting");
  expect(waiting.status.status).toBeUndefined();
  expect(await stage.cli.ok("get", "rq")).toMatch(
    new RegExp(`/\\?behind +replica +waiting +<none> +\\d+s$`, "m"),
  );
  await stage.cli.ok("continue");
  expect((await stopped).status).toBe(200);
  expect(servedBy(await behind)).toBe(`session=${session}`);
  await until("both are ended", async () => {
    const all = await requests();
    return all.every(({ status }) => status.state === "ended");
  });
  await watching.sees(/\/\?behind +replica +waiting/);
  await watching.sees(/\/\?behind +replica +200 /);
  const last = await watching.sees(/\/stop\?first +replica +200 /);
  expect(watching.rows[last]).toMatch(`session ${session}: clause 1 matches`);
  watching.signal("SIGINT");
  expect(await watching.ended).toBe(130);
});

test("requests that no session matched must be listed while somebody asks, and only then", async () => {
  await get(`${app.url}/?unasked`);
  await requests("--unmatched");
  const { status } = await until("one is listed", async () => {
    await get(`${app.url}/?asked`);
    const all = await requests("--unmatched");
    return all.find(
      ({ status }) => status.path === "/?asked" && status.state === "ended",
    );
  });
  expect(status).toMatchObject({
    route: "original",
    reason: "no session matches",
    status: 200,
  });
  expect(status.session).toBeUndefined();
  const all = await requests("--unmatched");
  expect(all.map(({ status }) => status.path)).not.toContain("/?unasked");
  const matched = await requests();
  expect(matched.every(({ status }) => status.session === session)).toBe(true);
});

test("metrics must be what was sent, and only for who has the token", async () => {
  const url = `${await stage.sidecar.url()}/metrics`;
  const token = await stage.sidecar.token();
  expect((await get(url)).status).toBe(401);
  const scrape = async () => {
    const { status, headers, body } = await get(url, {
      authorization: `Bearer ${token}`,
    });
    expect(status).toBe(200);
    expect(headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
    return (series: string) => {
      const line = body.split("\n").find((each) => each.startsWith(series));
      return Number(line?.split(" ").at(-1) ?? 0);
    };
  };
  const REPLICA = `sidestep_requests_total{session="${session}",route="replica",status="2xx"}`;
  const ORIGINAL = `sidestep_requests_total{session="",route="original",status="2xx"}`;
  const NOT_FOUND = `sidestep_requests_total{session="",route="original",status="4xx"}`;
  const SENT = `sidestep_sent_bytes_total{session="",route="original"}`;
  // What came before may be on its way still.
  let before = await scrape();
  await until("the figures are at rest", async () => {
    const last = before(REPLICA) + before(ORIGINAL);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    before = await scrape();
    return before(REPLICA) + before(ORIGINAL) === last;
  });
  let bytes = 0;
  for (let n = 0; n < 20; n++) {
    bytes += (await get(`${app.url}/`)).body.length;
    if (n % 2) await get(`${app.url}/`, ALICE);
  }
  const after = await until("they are counted", async () => {
    const now = await scrape();
    return now(ORIGINAL) - before(ORIGINAL) >= 20 &&
      now(REPLICA) - before(REPLICA) >= 10
      ? now
      : undefined;
  });
  expect(after(ORIGINAL) - before(ORIGINAL)).toBe(20);
  expect(after(REPLICA) - before(REPLICA)).toBe(10);
  expect(after(NOT_FOUND)).toBe(before(NOT_FOUND));
  expect(after(SENT) - before(SENT)).toBeGreaterThan(bytes);
  expect(after(SENT) - before(SENT)).toBeLessThan(bytes + 20 * 500);
  const COUNT = `sidestep_answer_seconds_count{session="",route="original"}`;
  expect(after(COUNT) - before(COUNT)).toBe(20);
  const place = `{container="${app.name}",port="8000"}`;
  expect(after(`sidestep_takeover_in_force${place}`)).toBe(1);
  expect(after(`sidestep_lease_renewals_total${place}`)).toBeGreaterThan(4);
  expect(
    after(`sidestep_pauses_total{session="${session}",reason="breakpoint"}`),
  ).toBe(1);
  expect(after(`sidestep_pause_seconds_count{session="${session}"}`)).toBe(1);
  expect(after(`sidestep_sessions{phase="Ready"}`)).toBe(1);
  // The lane in C is there, or this would be counted.
  expect(after(`sidestep_events_total{reason="SlowLane"}`)).toBe(0);
  expect(after("process_resident_memory_bytes")).toBeGreaterThan(1e6);
});
