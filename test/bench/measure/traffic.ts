// The interceptor against other proxies: a session that matches none of the
// load, wrk from a container on the network. The interceptor is in the way to
// one container of a fast app; nginx (1 worker), HAProxy (1 thread) and bare
// http-proxy (keep-alive agent) are in the namespace of another container of
// it, which is asked directly, too. What is in the way has one core, app and
// load another. All ways by turns, a first round to warm; ratios are medians
// of the rounds' ratios. Then matched requests against bare http-proxy, and
// what 1,000 idle connections take in the interceptor's memory.
import { connect, type Socket } from "node:net";
import { docker } from "../../e2e/support/run.js";
import { judged, reported, type Figure } from "../figure.js";
import { memoryOf } from "../memory-of.js";
import { lookInto } from "../namespace.js";
import { median, rate, time } from "../numbers.js";
import { MATCH, MATCHED, withSession } from "../session.js";
import { addressOf, ours, type Stack } from "../stack.js";
import {
  CORE_OF_PROXIES,
  PROXIES,
  type Load,
  type Throughput,
  type Wrk,
} from "../wrk.js";

const ROUNDS = 3;
const SECONDS = 2;
/** Where the slowest hundredth is judged: 256 connections begin with a request each, which is of none of the lanes. */
const LONG_SECONDS = 8;
const IDLE = 1_000;
const IDLE_KB = 10;
const P99_GOAL = 1.2;

type Way = "interceptor" | "direct" | keyof typeof PROXIES;
const WAYS: Way[] = ["interceptor", "direct", "nginx", "haproxy", "httpProxy"];
const NAMES: Record<Way, string> = {
  interceptor: "interceptor",
  direct: "direct",
  nginx: "nginx",
  haproxy: "HAProxy",
  httpProxy: "http-proxy",
};

/** Kinds of load, and what of nginx's requests/s is the goal. */
const LOADS: { what: string; path: string; load: Load; goal?: number }[] = [
  { what: "small, 1 connection", path: "/", load: { connections: 1 } },
  {
    what: "small, 32 connections",
    path: "/",
    load: { connections: 32 },
    goal: 1,
  },
  {
    what: "small, 256 connections",
    path: "/",
    load: { connections: 256 },
    goal: 1,
  },
  {
    what: "1 MB responses, 32 connections",
    path: "/large",
    load: { connections: 32 },
    goal: 0.7,
  },
  {
    what: "64 KiB uploads, 32 connections",
    path: "/upload",
    load: { connections: 32, upload: true },
  },
];

export async function traffic(
  stack: Stack,
  app: string,
  other: string,
  wrk: Wrk,
): Promise<Figure[]> {
  const here = await addressOf(app, stack.network);
  const there = await addressOf(other, stack.network);
  const baseOf = (way: Way) => {
    if (way === "interceptor") return `http://${here}:8000`;
    return `http://${there}:${way === "direct" ? 8000 : PROXIES[way]}`;
  };
  return withSession(stack, [app, ...MATCH], async () => {
    await mustBeTaken(app);
    const [interceptor = ""] = await ours(stack.project, "interceptor");
    await docker("update", "--cpuset-cpus", CORE_OF_PROXIES, interceptor);
    const figures: Figure[] = [];
    for (const { what, path, load, goal } of LOADS) {
      const found = await byTurns(WAYS, (way) =>
        wrk(`${baseOf(way)}${path}`, goal === 1 ? LONG_SECONDS : SECONDS, load),
      );
      figures.push(...unmatchedFigures(what, found, goal));
    }
    figures.push(await matched(wrk, baseOf));
    figures.push(await idleConnections(interceptor, here));
    return figures;
  });
}

async function byTurns(
  ways: Way[],
  measure: (way: Way) => Promise<Throughput>,
): Promise<Record<Way, Throughput[]>> {
  const found = Object.fromEntries(
    WAYS.map((way) => [way, [] as Throughput[]]),
  ) as Record<Way, Throughput[]>;
  for (let round = 0; round <= ROUNDS; round++) {
    for (const way of ways) {
      const throughput = await measure(way);
      if (round > 0) found[way].push(throughput);
    }
  }
  return found;
}

function unmatchedFigures(
  what: string,
  found: Record<Way, Throughput[]>,
  goal: number | undefined,
): Figure[] {
  const p99 = (way: Way) => median(found[way].map((each) => each.p99));
  const speed = ratio(found, "interceptor", "nginx");
  const others = WAYS.filter((way) => way !== "interceptor").map(
    (way) => `${NAMES[way]} ${perSecond(found, way)}`,
  );
  const name = `unmatched, ${what}: requests/s against nginx`;
  const told = `× ${speed.toFixed(2)} (${perSecond(found, "interceptor")}; ${others.join(", ")})`;
  const errors = found.interceptor.reduce((sum, each) => sum + each.errors, 0);
  const figures =
    goal === undefined
      ? [reported(name, told)]
      : [judged(name, told, `≥ ${goal}`, speed >= goal)];
  if (goal === 1) {
    const slower = p99("interceptor") / p99("nginx");
    figures.push(
      judged(
        `unmatched, ${what}: p99 against nginx`,
        `× ${slower.toFixed(2)} (${time(p99("interceptor"))} against ${time(p99("nginx"))}; HAProxy ${time(p99("haproxy"))})`,
        `≤ ${P99_GOAL}`,
        slower <= P99_GOAL,
      ),
    );
  }
  if (errors > 0)
    figures.push(
      judged(`unmatched, ${what}: failed`, String(errors), "0", false),
    );
  return figures;
}

async function matched(wrk: Wrk, baseOf: (way: Way) => string) {
  const found = await byTurns(["interceptor", "httpProxy"], (way) =>
    wrk(`${baseOf(way)}/`, LONG_SECONDS, { connections: 32, headers: MATCHED }),
  );
  const speed = ratio(found, "interceptor", "httpProxy");
  return judged(
    "matched, 32 connections: requests/s against http-proxy",
    `× ${speed.toFixed(2)} (${perSecond(found, "interceptor")} against ${perSecond(found, "httpProxy")})`,
    "≥ 1",
    speed >= 1,
  );
}

/** What connections that have had one answer, and ask for nothing more, take. */
async function idleConnections(
  interceptor: string,
  host: string,
): Promise<Figure> {
  const size = async () =>
    (await memoryOf(interceptor, "interceptor/main.cjs")).resident;
  const before = await size();
  const sockets: Socket[] = [];
  try {
    while (sockets.length < IDLE) sockets.push(await idle(host));
    const each = ((await size()) - before) * (1000 / IDLE);
    return judged(
      `memory of the interceptor for each of ${IDLE.toLocaleString("en-US")} idle connections`,
      `${each.toFixed(1)} KB`,
      `≤ ${IDLE_KB} KB`,
      each <= IDLE_KB,
    );
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

function idle(host: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(8000, host);
    socket.on("error", reject);
    socket.once("data", () => resolve(socket));
    socket.write(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
  });
}

const ratio = (found: Record<Way, Throughput[]>, a: Way, b: Way) =>
  median(
    found[a].map((each, i) => each.perSecond / (found[b][i]?.perSecond ?? NaN)),
  );

const perSecond = (found: Record<Way, Throughput[]>, way: Way) =>
  rate(median(found[way].map((each) => each.perSecond)));

/** A figure of a way that nothing takes would be a figure of nothing. */
async function mustBeTaken(app: string): Promise<void> {
  const { tables, processes } = await lookInto(app);
  if (tables.length === 0 || processes.length === 0) {
    throw new Error(`the session on ${app} is Ready, but takes nothing`);
  }
}
