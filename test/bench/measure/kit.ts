// What the kit costs, on Debian 12 (Python 3.11) and 13 (3.13), with the demo
// shop under gunicorn with one synchronous worker, and a page that asks nobody
// else; without a breakpoint and with one. For a server with one worker, what a
// request takes of the processor is what limits requests/s. Judged are the
// instructions that it takes the worker, which valgrind counts: they are the same
// each time, to a thousandth. What the kernel does for it is left out, which is
// the same on both sides: the kit makes no system call on the way of a request.
//
// Time is reported: processes of one and the same program differ by more than is
// to be found, by where their memory happens to lie and by what else the machine
// does. Only what costs far more than that (a breakpoint before Python 3.12, by
// `settrace`) is judged by time: that has the kernel's part in it. Many short bursts, straight to the replica and straight to a
// container of the same app without the kit, by turns, with the same settings,
// the same core, which is not the load's, and the same hashes of strings: the
// processor time by the containers' own accounts, and requests/s by wrk.
//
// Start-up: in the replica itself, a process with the kit and one without, by
// turns, from its start to its end or to the first answer. Of all times the best
// counts, because whatever else the machine does only ever slows one down.
import { readFile } from "node:fs/promises";
import { docker, run } from "../../e2e/support/run.js";
import { judged, reported, type Figure } from "../figure.js";
import { rate, time } from "../numbers.js";
import { MATCH, withSession } from "../session.js";
import { addressOf, type Stack } from "../stack.js";
import { openAccount } from "../processor-time.js";
import { CORE_OF_PROXIES, type Burst } from "../wrk.js";

/** What of the requests/s must be left, by Debian's name, with a breakpoint in another file. */
const RELEASES = { bookworm: 0.5, trixie: 0.95 };
const BARE_GOAL = 0.98;
/** By so much do processes of one program differ. */
const WITHIN_NOISE = 0.9;
const PYTHON_MS = 50;
const APP_MS = 150;

const TURNS = 30;
const REQUESTS = 250;
/** As the kit would have it: one synchronous worker without a timeout. */
const APP = [
  ...["-c", "/dev/null", "-w", "1", "-k", "sync", "-t", "0"],
  ...["-b", "0.0.0.0:8000", "shop.wsgi"],
];
const ALIKE = ["--cpuset-cpus", CORE_OF_PROXIES, "-e", "PYTHONHASHSEED=0"];
const COUNTING = "test/bench/counting";
/** In a file that no request of the measurement comes through. */
const BREAKPOINT = "shop/models.py:1";

export async function kit(stack: Stack, burst: Burst): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [release, goal] of Object.entries(RELEASES)) {
    figures.push(...(await onRelease(stack, burst, release, goal)));
  }
  return figures;
}

async function onRelease(
  stack: Stack,
  burst: Burst,
  release: string,
  goal: number,
): Promise<Figure[]> {
  const image = await build(release);
  const target = `${stack.project}-${release}-target`;
  const plain = `${stack.project}-${release}-plain`;
  for (const name of [target, plain]) {
    const place = ["--network", stack.network, "--entrypoint", "gunicorn"];
    place.push(...ALIKE);
    await stack.start(name, ...place, image, ...APP);
  }
  const python = await docker("exec", plain, "python3", "-V");
  const session = [target, ...MATCH, "--name", release];
  return withSession(stack, session, async () => {
    const replica = `${target}-sidestep-${release}`;
    const costs = async (where: string, goal: number) => {
      const { kit, plain: bare } = await instructions(replica);
      const times = await compare(stack, burst, replica, plain);
      const counted = [
        `${python}: requests for the same instructions with the kit${where}, against without`,
        `× ${(bare / kit).toFixed(3)} (a request: ${whole(kit)} against ${whole(bare)})`,
      ] as const;
      const timed = [
        `${python}: the same for the same processor time, and requests/s`,
        `× ${times.work.toFixed(2)}, × ${times.speed.toFixed(2)} of ${rate(times.bare)}`,
      ] as const;
      return goal > WITHIN_NOISE
        ? [
            judged(...counted, `≥ ${goal}`, bare / kit >= goal),
            reported(...timed),
          ]
        : [
            reported(...counted),
            judged(...timed, `≥ ${goal}`, times.work >= goal),
          ];
    };
    const figures = [
      ...(await costs("", BARE_GOAL)),
      ...(await startUp(replica, python)),
    ];
    const place = ["breakpoint", `session/${release}`, BREAKPOINT];
    await stack.cli.ok("create", ...place);
    figures.push(...(await costs(" and a breakpoint in another file", goal)));
    return figures;
  });
}

/** Instructions of the worker for one request, with the kit and without. */
async function instructions(
  replica: string,
): Promise<{ kit: number; plain: number }> {
  const count = await readFile(COUNTING + "/instructions.py", "utf8");
  const counted = await run(
    "docker",
    ["exec", replica, "python3", "-c", count],
    {
      timeout: 400_000,
    },
  );
  return JSON.parse(counted) as { kit: number; plain: number };
}

const whole = (count: number): string =>
  Math.round(count).toLocaleString("en-US");

/** The demo's app on a release of Debian, with what counts. */
async function build(release: string): Promise<string> {
  const debian = `debian:${release}-slim`;
  await run("bash", ["test/engine/images.sh", debian], { timeout: 250_000 });
  let base = debian;
  for (const [name, from] of [
    ["shop", "docker/images/demo/shop"],
    ["counting", COUNTING],
  ] as const) {
    const image = `sidestep-bench-${name}:${release}`;
    const args = ["-t", image, "--build-arg", `BASE=${base}`, from];
    await run("docker", ["build", "-q", ...args], { timeout: 250_000 });
    base = image;
  }
  return base;
}

/** What of the app without the kit is left: by processor time, and by requests/s. */
async function compare(
  stack: Stack,
  burst: Burst,
  replica: string,
  plain: string,
): Promise<{ work: number; speed: number; bare: number }> {
  const accounts = { kit: openAccount(replica), plain: openAccount(plain) };
  const urls = {
    kit: `http://${await addressOf(replica, stack.network)}:8000/health`,
    plain: `http://${await addressOf(plain, stack.network)}:8000/health`,
  };
  const least = { kit: Infinity, plain: Infinity };
  const best = { kit: 0, plain: 0 };
  for (let turn = 0; turn < TURNS; turn++) {
    const ways = ["kit", "plain"] as const;
    for (const way of turn % 2 === 0 ? ways : ways.toReversed()) {
      const before = await accounts[way].read();
      const perSecond = await burst(urls[way], REQUESTS);
      const took = (await accounts[way].read()) - before;
      least[way] = Math.min(least[way], took / REQUESTS);
      best[way] = Math.max(best[way], perSecond);
    }
  }
  for (const account of Object.values(accounts)) account.close();
  return {
    work: least.plain / least.kit,
    speed: best.kit / best.plain,
    bare: best.plain,
  };
}

/** Times processes by turns, without the kit and with it; the least of each in milliseconds, as JSON. */
const TIMES = `
import http.client, json, os, signal, subprocess, sys, time

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
for what, turns in ((python, 30), (app, 15)):
    pairs = []
    for turn in range(turns + 1):
        pairs.append([what(env) for env in (without, with_kit)])
    answer[what.__name__] = [min(times) for times in zip(*pairs[1:])]
print(json.dumps(answer))
`;

async function startUp(replica: string, python: string): Promise<Figure[]> {
  const times = JSON.parse(
    await docker("exec", replica, "python3", "-c", TIMES),
  ) as Record<"python" | "app", [number, number]>;
  const figure = (what: string, [bare, kit]: [number, number], goal: number) =>
    judged(
      `${python}: ${what}`,
      `${kit < bare ? "−" : "+"}${time(Math.abs(kit - bare))} (without: ${time(bare)})`,
      `at most +${time(goal)}`,
      kit - bare <= goal,
    );
  return [
    figure("start of `python3 -c pass` with the kit", times.python, PYTHON_MS),
    figure("start of the app with the kit", times.app, APP_MS),
  ];
}
