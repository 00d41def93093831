import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { LATENCY_BUCKETS } from "../schema/index.js";
import { createExposition } from "./exposition.js";
import { FAMILIES } from "./families.js";
import { Ledger, type Figures } from "./ledger.js";
import {
  createPauseTimes,
  type Counted,
  type PauseSums,
} from "./pause-times.js";

const counts = (...first: number[]) => [
  ...first,
  ...Array<number>(LATENCY_BUCKETS.length + 1 - first.length).fill(0),
];
const figures = (since: number, ended: number, sum = 0): Figures => ({
  since,
  routes: [
    {
      session: "alice",
      route: "replica",
      ended: [0, 0, ended, 0, 0, 0],
      received: ended * 10,
      sent: ended * 100,
      latencies: { counts: counts(ended), sum },
    },
  ],
  accepted: ended,
  renewals: 7,
  events: { TakeoverLost: ended },
  memory: 1e6,
});

const text = async (ledger: Ledger, pauses = new Map<string, PauseSums>()) => {
  const link = {
    ...{ run: "0123abcd", applied: 0, drained: false, sent: undefined },
    draining: undefined,
    ...{ connections: 3, inflight: { alice: 2 }, requests: {}, takeover: 1 },
  };
  const exposition = await createExposition({
    sessions: () => [],
    interceptors: () => [["shop-1-sidestep-port-8000", link]],
    ledger,
    pauses,
    dropped: () => 5,
  });
  return exposition.text();
};

test("every metric of ours is documented, with its type, and every one that is documented exists", async () => {
  const page = readFileSync("docs/metrics.md", "utf8");
  const rows = [...page.matchAll(/^\| `(sidestep_\w+)` +\| (\w+)/gm)];
  expect(rows.map(([, name, type]) => `${name} ${type}`)).toEqual(
    FAMILIES.map(({ name, type }) => `${name} ${type}`),
  );
  const told = await text(new Ledger());
  for (const { name, type } of FAMILIES)
    expect(told).toContain(`# TYPE ${name} ${type}\n`);
});

test("sums grow on when an interceptor is made anew, and never fall", async () => {
  const ledger = new Ledger();
  const name = "shop-1-sidestep-port-8000";
  ledger.take(name, figures(1, 3, 1500));
  ledger.take(name, figures(1, 5, 2500));
  ledger.take(name, figures(2, 2, 500));
  const told = await text(ledger);
  const labels = 'session="alice",route="replica"';
  expect(told).toContain(`sidestep_requests_total{${labels},status="2xx"} 7\n`);
  expect(told).toContain(`sidestep_sent_bytes_total{${labels}} 700\n`);
  expect(told).toContain(`sidestep_answer_seconds_sum{${labels}} 3\n`);
  expect(told).toContain(`sidestep_answer_seconds_count{${labels}} 7\n`);
  expect(told).toContain(
    `sidestep_answer_seconds_bucket{${labels},le="0.001"} 7\n`,
  );
  expect(told).toContain(
    `sidestep_answer_seconds_bucket{${labels},le="+Inf"} 7\n`,
  );
  expect(told).toContain('sidestep_events_total{reason="TakeoverLost"} 7\n');
  const place = 'container="shop-1",port="8000"';
  expect(told).toContain(`sidestep_takeover_in_force{${place}} 1\n`);
  expect(told).toContain(`sidestep_connections{${place}} 3\n`);
  expect(told).toContain(`sidestep_connections_total{${place}} 2\n`);
  expect(told).toContain("sidestep_requests_unlisted_total 5\n");
});

test("pauses are counted when they begin, and by their length when they are over", async () => {
  let list: Counted[] = [];
  const { sums, look } = createPauseTimes(() => list);
  const pause = (name: string, reason: string, seconds: number): Counted => ({
    name,
    session: "alice",
    since: new Date(Date.now() - seconds * 1000),
    message: { reason },
  });
  list = [pause("a-1", "breakpoint", 3), pause("a-2", "KeyError: 'x'", 100)];
  look();
  look();
  list = [list[1]!];
  look();
  const told = await text(new Ledger(), sums);
  expect(told).toContain(
    'sidestep_pauses_total{session="alice",reason="breakpoint"} 1\n',
  );
  expect(told).toContain(
    'sidestep_pauses_total{session="alice",reason="exception"} 1\n',
  );
  expect(told).toContain(
    'sidestep_pause_seconds_bucket{session="alice",le="1"} 0\n',
  );
  expect(told).toContain(
    'sidestep_pause_seconds_bucket{session="alice",le="5"} 1\n',
  );
  expect(told).toContain('sidestep_pause_seconds_count{session="alice"} 1\n');
});
