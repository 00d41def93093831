// What the kit costs, on Debian 12 (Python 3.11) and 13 (3.13), with the demo
// shop under gunicorn with one synchronous worker, and a page that asks nobody
// else. Throughput: wrk, 4 connections, straight to the replica and straight
// to a container of the same app without the kit, by turns; the best second of
// each counts, because whatever else the machine does only ever slows one down.
// Start-up: in the replica itself, a process with the kit and
// one without, by turns, from its start to its end or to the first answer;
// the difference of the medians.
import { docker, run } from "../../e2e/support/run.js";
import { judged, type Figure } from "../figure.js";
import { rate, time } from "../numbers.js";
import { MATCH, withSession } from "../session.js";
import { addressOf, type Stack } from "../stack.js";
import type { Wrk } from "../wrk.js";

/** What of the requests/s must be left, by Debian's name, with a breakpoint in another file. */
const RELEASES = { bookworm: 0.5, trixie: 0.95 };
const WITHOUT_BREAKPOINTS = 0.98;
const PYTHON_MS = 50;
const APP_MS = 150;

const TURNS = 10;
const SECONDS = 1;
const CONNECTIONS = 4;
const APP = ["-c", "/dev/null", "-w", "1", "-b", "0.0.0.0:8000", "shop.wsgi"];
/** In a file that no request of the measurement comes through. */
const BREAKPOINT = ["-b", "shop/models.py:1"];

export async function kit(stack: Stack, wrk: Wrk): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [release, goal] of Object.entries(RELEASES)) {
    figures.push(...(await onRelease(stack, wrk, release, goal)));
  }
  return figures;
}

async function onRelease(
  stack: Stack,
  wrk: Wrk,
  release: string,
  goal: number,
): Promise<Figure[]> {
  const image = await build(release);
  const target = `${stack.project}-${release}-target`;
  const plain = `${stack.project}-${release}-plain`;
  for (const name of [target, plain]) {
    const place = ["--network", stack.network, "--entrypoint", "gunicorn"];
    await stack.start(name, ...place, image, ...APP);
  }
  const compare = async (goal: number, what: string, ...options: string[]) => {
    const args = [target, ...MATCH, "--name", release, ...options];
    return withSession(stack, args, async () => {
      const replica = `${target}-sidestep-${release}`;
      const first = await throughput(stack, wrk, replica, plain, what, goal);
      if (options.length > 0) return [first];
      return [first, ...(await startUp(replica))];
    });
  };
  const python = await docker("exec", plain, "python3", "-V");
  return [
    ...(await compare(
      WITHOUT_BREAKPOINTS,
      `${python}: requests/s with the kit, against without`,
    )),
    ...(await compare(
      goal,
      `${python}: the same with one breakpoint in another file`,
      ...BREAKPOINT,
    )),
  ].map((figure) => ({
    ...figure,
    what: figure.what.startsWith(python)
      ? figure.what
      : `${python}: ${figure.what}`,
  }));
}

/** The demo's app on a release of Debian. */
async function build(release: string): Promise<string> {
  const image = `sidestep-bench-shop:${release}`;
  const base = `debian:${release}-slim`;
  await run("bash", ["test/engine/images.sh", base], { timeout: 250_000 });
  const args = ["--build-arg", `BASE=${base}`, "docker/images/demo/shop"];
  await run("docker", ["build", "-q", "-t", image, ...args], {
    timeout: 250_000,
  });
  return image;
}

async function throughput(
  stack: Stack,
  wrk: Wrk,
  replica: string,
  plain: string,
  what: string,
  goal: number,
): Promise<Figure> {
  const url = async (container: string) =>
    `http://${await addressOf(container, stack.network)}:8000/health`;
  const here = await url(replica);
  const there = await url(plain);
  const best = { kit: 0, plain: 0 };
  for (let turn = 0; turn < TURNS; turn++) {
    for (const way of ["kit", "plain"] as const) {
      const url = way === "kit" ? here : there;
      const { perSecond } = await wrk(url, SECONDS, CONNECTIONS);
      best[way] = Math.max(best[way], perSecond);
    }
  }
  const ratio = best.kit / best.plain;
  return judged(
    what,
    `× ${ratio.toFixed(3)} (without: ${rate(best.plain)})`,
    `≥ ${goal}`,
    ratio >= goal,
  );
}

/** Times processes by turns, with the kit and without; medians in milliseconds, as JSON. */
const TIMES = `
import http.client, json, os, signal, statistics, subprocess, sys, time

with_kit = dict(os.environ)
without = {name: value for name, value in os.environ.items() if not name.startswith("SIDESTEP_")}
without["PYTHONPATH"] = ":".join(without["PYTHONPATH"].split(":")[1:])
port = 9000

def python(env):
    begin = time.monotonic()
    subprocess.run([sys.executable, "-c", "pass"], env=env, check=True)
    return (time.monotonic() - begin) * 1000

def app(env):
    global port
    port += 1
    address = "127.0.0.1:%d" % port
    command = ["gunicorn", "-c", "/dev/null", "-w", "1", "-b", address, "--log-level", "critical", "shop.wsgi"]
    begin = time.monotonic()
    server = subprocess.Popen(
        command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        while time.monotonic() - begin < 20:
            connection = http.client.HTTPConnection(address)
            try:
                connection.request("GET", "/health")
                assert connection.getresponse().status == 200
                return (time.monotonic() - begin) * 1000
            except OSError:
                time.sleep(0.001)
            finally:
                connection.close()
        raise SystemExit("the app does not answer")
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()

answer = {}
for what, turns in ((python, 20), (app, 7)):
    pairs = []
    for turn in range(turns + 1):
        pairs.append([what(env) for env in (without, with_kit)])
    answer[what.__name__] = [statistics.median(times) for times in zip(*pairs[1:])]
print(json.dumps(answer))
`;

async function startUp(replica: string): Promise<Figure[]> {
  const times = JSON.parse(
    await docker("exec", replica, "python3", "-c", TIMES),
  ) as Record<"python" | "app", [number, number]>;
  const figure = (what: string, [bare, kit]: [number, number], goal: number) =>
    judged(
      what,
      `+${time(kit - bare)} (without: ${time(bare)})`,
      `at most +${time(goal)}`,
      kit - bare <= goal,
    );
  return [
    figure("start of `python3 -c pass` with the kit", times.python, PYTHON_MS),
    figure("start of the app with the kit", times.app, APP_MS),
  ];
}
