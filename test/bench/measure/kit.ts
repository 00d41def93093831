// What the kit costs, on Debian 12 (Python 3.11) and 13 (3.13), with the demo
// shop under gunicorn with one synchronous worker, and a page that asks nobody
// else; without a breakpoint and with one. For a server with one worker, what a
// request takes of the processor is what limits requests/s, and it is judged by
// that. Processes of one and the same program differ by some hundredths, by where
// their memory happens to lie, so many servers are started, in the replica itself,
// with the kit and without, by turns; of either, the mean of the better half
// counts, because whatever else the machine does only ever slows one down.
//
// Beside it, the instructions that a request takes the worker, which valgrind
// counts: they are the same each time, to a thousandth, without the kernel's part.
//
// Start-up: in the replica too, a process with the kit and one without, by
// turns, from its start to its end or to the first answer; the best counts.
import { docker, run } from "../../e2e/support/run.js";
import { judged, reported, type Figure } from "../figure.js";
import { time } from "../numbers.js";
import { MATCH, withSession } from "../session.js";
import type { Stack } from "../stack.js";

/** What of the requests/s must be left, by Debian's name, with a breakpoint in another file. */
const RELEASES = { bookworm: 0.5, trixie: 0.95 };
const BARE_GOAL = 0.98;
const PYTHON_MS = 50;
const APP_MS = 150;

/** So many of each are started. */
const SERVERS = 40;
/** As the kit would have it: one synchronous worker without a timeout. */
const APP = [
  ...["-c", "/dev/null", "-w", "1", "-k", "sync", "-t", "0"],
  ...["-b", "0.0.0.0:8000", "shop.wsgi"],
];
const COUNTING = "test/bench/counting";
/** In a file that no request of the measurement comes through. */
const BREAKPOINT = "shop/models.py:1";

export async function kit(stack: Stack): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const [release, goal] of Object.entries(RELEASES)) {
    figures.push(...(await onRelease(stack, release, goal)));
  }
  return figures;
}

async function onRelease(
  stack: Stack,
  release: string,
  goal: number,
): Promise<Figure[]> {
  const image = await build(release);
  const target = `${stack.project}-${release}-target`;
  const place = ["--network", stack.network, "--entrypoint", "gunicorn"];
  await stack.start(target, ...place, image, ...APP);
  const python = await docker("exec", target, "python3", "-V");
  const session = [target, ...MATCH, "--name", release];
  return withSession(stack, session, async () => {
    const replica = `${target}-sidestep-${release}`;
    const costs = async (where: string, goal: number) => {
      const times = await spent(replica);
      const counted = await instructions(replica);
      return [
        judged(
          `${python}: requests/s of a worker with the kit${where}, against without`,
          `× ${(times.plain / times.kit).toFixed(3)} (${whole(times.kit)} µs of the processor each, against ${whole(times.plain)})`,
          `≥ ${goal}`,
          times.plain / times.kit >= goal,
        ),
        reported(
          `${python}: the same for the same instructions`,
          `× ${(counted.plain / counted.kit).toFixed(3)} (a request: ${whole(counted.kit)} against ${whole(counted.plain)})`,
        ),
      ];
    };
    const figures = [
      ...(await costs("", BARE_GOAL)),
      ...(await startUp(replica, python)),
    ];
    const at = ["breakpoint", `session/${release}`, BREAKPOINT];
    await stack.cli.ok("create", ...at);
    figures.push(...(await costs(" and a breakpoint in another file", goal)));
    return figures;
  });
}

/** What one is with the kit, and without. */
interface Both {
  kit: number;
  plain: number;
}

/** Microseconds of the processor for one request. */
async function spent(replica: string): Promise<Both> {
  const times = (await counting(replica, "fresh.py", `${SERVERS}`)) as Record<
    keyof Both,
    number[]
  >;
  return { kit: ofBetterHalf(times.kit), plain: ofBetterHalf(times.plain) };
}

function ofBetterHalf(values: readonly number[]): number {
  const better = values
    .toSorted((a, b) => a - b)
    .slice(0, Math.ceil(values.length / 2));
  return better.reduce((sum, value) => sum + value, 0) / better.length;
}

/** Instructions of the worker for one request. */
const instructions = (replica: string) =>
  counting(replica, "instructions.py") as Promise<Both>;

/** What a program of that folder, which is in the image, prints in the replica. */
async function counting(
  replica: string,
  name: string,
  ...args: string[]
): Promise<unknown> {
  const python = ["exec", replica, "python3", `/counting/${name}`, ...args];
  return JSON.parse(await run("docker", python, { timeout: 400_000 }));
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
