// Fifty sessions with ten paused requests each, a steady load of others' requests,
// ten viewers of a terminal that prints 50 MB, and the API asked all the while.
// Of the light app there are as many replicas as sessions; the steady load goes to
// an app that costs next to nothing, through an interceptor of its own.
import { fork } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { readFile, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { List, Pause } from "../../sidecar/schema/index.js";
import { judged, reported, type Figure } from "../bench/figure.js";
import { memoryOf } from "../bench/memory-of.js";
import { time } from "../bench/numbers.js";
import { tableOf } from "../bench/report.js";
import { Undo } from "../bench/undo.js";
import { buildTools } from "../bench/wrk.js";
import { get } from "../e2e/support/http.js";
import { until } from "../e2e/support/poll.js";
import { docker } from "../e2e/support/run.js";
import { startSidecar } from "../e2e/support/sidecar.js";
import { machine, withSection } from "../faults/report.js";
import { startSteady } from "./steady-load.js";
import { view } from "./viewers.js";

const PAGE = "docs/reliability.md";
const FOLDER = resolve(import.meta.dirname, "../faults/app");

const minutes = option("--minutes", 10);
const sessions = option("--sessions", 50);
const each = option("--pauses", 500) / sessions;
const rate = option("--rate", 2_000);
const AT_ONCE = 10;
const VIEWERS = 10;
const LINES = 500_000;
/** Of a figure that the kernel counts in pages, read while the load goes on: noise. */
const GROWTH = 1.1;

const undo = new Undo();
const say = (what: string) =>
  process.stderr.write(
    `soak: ${(performance.now() / 1000).toFixed(0).padStart(3)} s  ${what}\n`,
  );
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
] as const)
  process.on(signal, () => void undo.all().then(() => process.exit(code)));
let figures: Figure[] = [];
try {
  figures = await soak();
} finally {
  await undo.all();
}
const engine = await docker("version", "-f", "{{.Server.Version}}");
const table = await tableOf(figures);
process.stdout.write(table);
const page = await readFile(PAGE, "utf8").catch(() => "");
const text = `Written by \`npm run soak\`: ${minutes} minutes. ${machine(engine)}\n\n${table}`;
await writeFile(PAGE, await withSection(page, "Soak", text));
process.exit(figures.some(({ pass }) => pass === false) ? 1 : 0);

async function soak(): Promise<Figure[]> {
  await buildTools();
  const name = `t-${randomBytes(3).toString("hex")}`;
  const start = async (what: string, ...args: string[]) => {
    undo.add(() => docker("rm", "-f", "-v", `${name}-${what}`));
    await docker("run", "-d", "--name", `${name}-${what}`, ...args);
    const format = "{{.NetworkSettings.IPAddress}}";
    const ip = await docker("inspect", "-f", format, `${name}-${what}`);
    const url = `http://${ip}:8000`;
    await until(`${what} answers`, () => get(url));
    return { name: `${name}-${what}`, url };
  };
  const fast = await start("fast", "sidestep-bench");
  const light = await start(
    "light",
    ...["-v", `${FOLDER}:/fixture:ro`, "-w", "/fixture"],
    ...["--entrypoint", "gunicorn", "sidestep-demo-shop"],
    ...["-b", "0.0.0.0:8000", "--worker-class", "gthread"],
    ...["--threads", "8", "app:app"],
  );
  const sidecar = await startSidecar();
  undo.add(() => sidecar.end());
  const [url, token] = await Promise.all([sidecar.url(), sidecar.token()]);
  const headers = { authorization: `Bearer ${token}` };
  const pauses = async () => {
    const { body } = await get(`${url}/v1/pauses`, headers);
    return (JSON.parse(body) as List<Pause>).items;
  };

  say("the session of the steady load");
  const match = (who: string) => ["--match", `header:x-debug=${who}`];
  const one = ["--name", "fast", "--labels", "soak=yes"];
  await sidecar.cli.ok("debug", fast.name, ...match("fast"), ...one);
  say(`${sessions} sessions`);
  for (let at = 0; at < sessions; at++) {
    const body = JSON.stringify({
      metadata: { name: `s${at}` },
      spec: {
        target: light.name,
        match: [{ header: { "x-debug": `s${at}` } }],
        concurrency: "threads",
      },
    });
    const json = { ...headers, "content-type": "application/json" };
    const made = await get(`${url}/v1/sessions`, json, {
      method: "POST",
      body,
    });
    if (made.status !== 201) throw new Error(`${made.status}: ${made.body}`);
  }
  await until(
    "all are ready",
    async () => {
      const list = await sidecar.cli.ok("get", "sessions", "-o", "json");
      const { items } = JSON.parse(list) as List<{ status: { phase: string } }>;
      return items.every(({ status }) => status.phase === "Ready");
    },
    300,
  );

  say(`${sessions * each} requests, to be paused`);
  const waiting: Promise<number>[] = [];
  for (let at = 0; at < sessions * each; at++) {
    const who = { "x-debug": `s${at % sessions}` };
    const asked = get(`${light.url}/stop?n=${at}`, who).then(
      ({ status }) => status,
      () => 0,
    );
    waiting.push(asked);
    // The kit waits 10 s for a terminal, and each takes a process: not all at once.
    if (waiting.length % AT_ONCE === 0 || waiting.length === sessions * each)
      await until(
        `${waiting.length} are paused`,
        async () => (await pauses()).length === waiting.length,
        30,
      );
  }

  say(
    `${minutes} minutes of ${rate} requests/s, the API asked ten times a second`,
  );
  const load = startSteady(fast.url, rate);
  const times: number[] = [];
  const asker = fork(new URL("asker.ts", import.meta.url), [
    `${url}/v1/sessions/s0`,
    token,
  ]);
  undo.add(async () => void asker.kill());
  asker.on("message", (took) => times.push(Number(took)));
  const parts = {
    "the sidecar": [sidecar.name, "sidecar/main.js"],
    "the interceptor of the steady load": [
      `${fast.name}-sidestep-port-8000`,
      "interceptor/main.cjs",
    ],
    "the interceptor of the sessions that pause": [
      `${light.name}-sidestep-port-8000`,
      "interceptor/main.cjs",
    ],
  } as const;
  const sizes = async () => {
    const found: Record<string, number> = {};
    for (const [part, [container, program]] of Object.entries(parts))
      found[part] = (await memoryOf(container, program)).proportional;
    return found;
  };
  const end = Date.now() + minutes * 60_000;

  say("ten viewers of 50 MB");
  const [first] = await pauses();
  const pause = first?.metadata.name ?? "";
  const viewers = await Promise.all(
    Array.from({ length: VIEWERS }, () => view(url, token, pause)),
  );
  await until("the prompt", () =>
    viewers.every(({ last }) => last.includes("(Pdb)")),
  );
  const printing = performance.now();
  viewers[0]?.type(`for _ in range(${LINES}): print("x" * 99)\r`);
  // Typed ahead: it is shown when the printing is over, to all.
  viewers[0]?.type(`print("o" + "ver")\r`);
  const shown = await until(
    "all has been printed",
    () => viewers.every(({ last }) => /^over/m.test(last)),
    240,
  ).then(
    () => performance.now() - printing,
    () => undefined,
  );
  const least = Math.min(...viewers.map(({ bytes }) => bytes)) / 1e6;
  const most = Math.max(...viewers.map(({ bytes }) => bytes)) / 1e6;
  for (const viewer of viewers) viewer.close();
  const printed = times.length;

  await delay(Math.max(0, Math.min(60_000, end - Date.now() - 60_000)));
  const before = await sizes();
  await delay(Math.max(0, end - Date.now()));
  const after = await sizes();
  const asked = once(asker, "disconnect");
  asker.send("enough");
  await asked;
  const steady = await load.stop();
  const still = (await pauses()).length;

  say("all go on");
  const begin = performance.now();
  await sidecar.cli.ok("delete", "session", "--all");
  const answers = await Promise.all(waiting);
  const good = answers.filter((status) => status === 200).length;
  const over = (performance.now() - begin) / 1000;
  const [p99 = NaN, during = NaN, since = NaN] = [
    times,
    times.slice(0, printed),
    times.slice(printed),
  ].map(ninetyNine);
  const lost = steady.sent - steady.answered;
  return [
    judged(
      `requests paused at once, in ${sessions} sessions`,
      `${still}`,
      String(sessions * each),
      still === sessions * each,
    ),
    judged(
      "of them answered in the end",
      `${good} (all sessions deleted in ${over.toFixed(1)} s)`,
      String(sessions * each),
      good === sessions * each,
    ),
    judged(
      `requests of others at ${rate}/s meanwhile that got no answer`,
      `${lost} of ${steady.sent}; ${steady.failed} connections or answers went wrong`,
      "0",
      lost === 0 && steady.failed === 0,
    ),
    judged(
      "the API's answer, p99",
      `${time(p99)} of ${times.length} (while the terminal prints ${time(during)}, then ${time(since)})`,
      "≤ 100 ms",
      p99 <= 100,
    ),
    reported(
      `a terminal that prints ${(LINES * 101) / 1e6} MB to ${VIEWERS} viewers`,
      shown === undefined
        ? `not over in 240 s; ${least.toFixed(1)} to ${most.toFixed(1)} MB shown`
        : `${(shown / 1000).toFixed(1)} s; each viewer was sent ${least.toFixed(1)} to ${most.toFixed(1)} MB, and all saw the end`,
    ),
    ...Object.entries(before).map(([part, size]) => {
      const last = after[part] ?? NaN;
      return judged(
        `memory of ${part}, at the end against earlier (PSS)`,
        `× ${(last / size).toFixed(2)} (${size.toFixed(0)} MB, ${last.toFixed(0)} MB)`,
        `≤ × ${GROWTH}`,
        last <= size * GROWTH,
      );
    }),
  ];
}

/** What 99 of 100 do not exceed. */
function ninetyNine(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * 0.99)] ?? NaN;
}

/** A number after a flag. */
function option(flag: string, otherwise: number): number {
  const at = process.argv.indexOf(flag);
  const value = at < 0 ? otherwise : Number(process.argv[at + 1]);
  if (!(value > 0)) throw new Error(`${flag} takes a number above 0`);
  return value;
}
