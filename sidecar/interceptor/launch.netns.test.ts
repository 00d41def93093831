import {
  execFile,
  spawn,
  spawnSync,
  type ChildProcess,
} from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  expect,
  test,
} from "vitest";
import { eventually, Sidecar } from "./testbed.js";

/** The real launcher, in a network namespace of its own, with a client in another. */

const here = (file: string) => fileURLToPath(new URL(file, import.meta.url));
const LAUNCH = here("./launch.py");
const CAPABILITIES = "-all,+net_admin,+setuid,+setgid,+setpcap";

const APP = `sidestep-app-${process.pid}`;
const CLIENT = `sidestep-cli-${process.pid}`;
const V4 = "10.213.77.2:8000";
const V6 = "[fd77:213::2]:8000";

const folder = mkdtempSync(join(tmpdir(), "launch-"));
/** Copies that an unprivileged process can read, wherever the checkout and Node are. */
const PROGRAM = [join(folder, "node"), join(folder, "main.cjs")];
const started: ChildProcess[] = [];
let sidecar: Sidecar;
let launcher: ChildProcess | undefined;
/** The original: a process that lives in the app's namespace all along. */
let app: ChildProcess;

beforeAll(async () => {
  if (process.getuid?.() !== 0)
    throw new Error(
      "these tests make network namespaces: run them as root (on a host of your own, or in a VM)",
    );
  for (const tool of ["ip", "nft", "ss", "setpriv", "curl", "python3"])
    if (spawnSync("which", [tool]).status !== 0)
      throw new Error(
        `${tool} is missing: apt-get install iproute2 nftables util-linux curl python3`,
      );
  chmodSync(folder, 0o755);
  copyFileSync(process.execPath, PROGRAM[0] ?? "");
  sh(
    `npm run --silent build:interceptor -- --outfile=${PROGRAM[1]} && chmod 644 ${PROGRAM[1]}`,
  );
  const plane = join(folder, "plane.node");
  copyFileSync(here("./native/build/plane.node"), plane);
  chmodSync(plane, 0o755);
  sh(`
    ip netns add ${APP}
    ip netns add ${CLIENT}
    ip link add eth0 netns ${APP} type veth peer name eth0 netns ${CLIENT}
    ip -n ${APP} addr add 10.213.77.2/24 dev eth0
    ip -n ${CLIENT} addr add 10.213.77.3/24 dev eth0
    ip -n ${APP} addr add fd77:213::2/64 dev eth0 nodad
    ip -n ${CLIENT} addr add fd77:213::3/64 dev eth0 nodad
    for ns in ${APP} ${CLIENT}; do
      ip -n $ns link set lo up
      ip -n $ns link set eth0 up
    done
    ip netns exec ${APP} nft add table inet somebody
    ip netns exec ${APP} nft add chain inet somebody theirs
  `);
  writeFileSync(join(folder, "app.mjs"), APP_SOURCE);
  writeFileSync(join(folder, "load.mjs"), LOAD_SOURCE);
  writeFileSync(join(folder, "hold.mjs"), HOLD_SOURCE);
  app = run(APP, [
    process.execPath,
    join(folder, "app.mjs"),
    "original",
    "8000",
  ]);
  await line(app);
  await line(
    run(CLIENT, [process.execPath, join(folder, "app.mjs"), "replica", "9000"]),
  );
  sidecar = await new Sidecar(join(folder, "sidecar.sock")).listen();
});

afterAll(() => {
  sidecar?.hangUp();
  for (const child of started) child.kill("SIGKILL");
  for (const namespace of [APP, CLIENT])
    spawnSync("ip", ["netns", "delete", namespace]);
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  sidecar.messages.length = 0;
});

afterEach(async () => {
  if (launcher && isRunning(launcher)) {
    signal(launcher, "SIGCONT");
    signal(launcher, "SIGKILL");
    await exited(launcher);
  }
  launcher = undefined;
  await eventually(() => sidecar.links.size === 0);
  sh(`ip netns exec ${APP} nft delete table inet sidestep_8000 || true`);
});

test("the port must be taken over, on IPv4 and IPv6, but not on loopback", async () => {
  await takeOver();
  for (const address of [V4, V6]) {
    expect(await ask(CLIENT, address)).toMatch(/^original/);
    expect(await ask(CLIENT, address, "x-debug: alice")).toMatch(/^replica/);
  }
  expect(await ask(CLIENT, V4, "x-debug: alice")).toMatch(
    /for=10\.213\.77\.3$/,
  );
  expect(await ask(CLIENT, V6, "x-debug: alice")).toMatch(/for=fd77:213::3$/);
  for (const address of ["127.0.0.1:8000", "[::1]:8000", V4])
    expect(await ask(APP, address, "x-debug: alice")).toMatch(/^original/);
});

test("the program must have no capability, and its watcher NET_ADMIN alone", async () => {
  await takeOver();
  const program = status(programPid());
  for (const set of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"])
    expect(program[set]).toBe("0000000000000000");
  expect(program.Uid).toMatch(/^4242\t4242\t4242\t4242$/);
  expect(program.Gid).toMatch(/^4242\t4242\t4242\t4242$/);
  expect(program.Groups?.trim()).toBe("");
  expect(program.NoNewPrivs).toBe("1");
  const watcher = status(Number(program.PPid));
  for (const set of ["CapPrm", "CapEff", "CapBnd"])
    expect(watcher[set]).toBe("0000000000001000");
});

test("SIGTERM must give everything back, and exit 0", async () => {
  await takeOver();
  const load = startLoad();
  await load.until((seen) => seen.length > 50);
  const told = Date.now();
  launcher!.kill("SIGTERM");
  expect(await exited(launcher!)).toBe(0);
  expect(Date.now() - told).toBeLessThan(4_000);
  expect(tables()).not.toContain("sidestep_8000");
  const seen = await load.stop();
  expect(seen.filter((request) => !request.answer)).toEqual([]);
  expect(await ask(CLIENT, V4, "x-debug: alice")).toMatch(/^original/);
});

// While the kernel takes the killed process apart, its listener still lives for
// a moment, and whoever connects then is reset: nothing in user space can help
// that. What is promised begins when the listener is gone.
test("SIGKILL of everything must not fail one connection made once it is gone, and cleanup removes the rest", async () => {
  await takeOver();
  const load = startLoad("x-debug: alice");
  await load.until((seen) => seen.length > 200);
  const listening = listenersOf(app);
  const killed = Date.now();
  signal(launcher!, "SIGKILL");
  // Watched without a pause: the moment is what the promise hangs on.
  while (listenersOf(app) > listening - 2 && Date.now() < killed + 1_000);
  const gone = Date.now();
  await load.until(
    (seen) => seen.filter((request) => request.began > gone).length > 300,
  );
  const seen = await load.stop();
  const since = (time: number) =>
    seen.filter((request) => request.began > time);
  const failed = (requests: Request[]) =>
    requests.filter((request) => !request.answer.startsWith("original"));
  expect(seen.some((request) => request.answer.startsWith("replica"))).toBe(
    true,
  );
  expect(gone - killed).toBeLessThan(1_000);
  expect(failed(since(gone))).toEqual([]);
  expect(tables()).toContain("sidestep_8000");
  expect(await cleanup()).toBe("removed sidestep_8000\n");
  expect(tables()).toEqual(["somebody"]);
  expect(await cleanup()).toBe("nothing to remove\n");
});

test("SIGKILL of the program alone must remove the table", async () => {
  await takeOver();
  process.kill(programPid(), "SIGKILL");
  expect(await exited(launcher!)).toBe(137);
  expect(tables()).toEqual(["somebody"]);
  expect(await ask(CLIENT, V4, "x-debug: alice")).toMatch(/^original/);
});

test("a program that hangs must lose the port within 2.5 s, and take it back when it goes on", async () => {
  await takeOver();
  const stopped = Date.now();
  process.kill(programPid(), "SIGSTOP");
  let answer = "";
  while (!answer.startsWith("original")) {
    answer = await ask(CLIENT, V4, "x-debug: alice", 0.3);
    expect(Date.now() - stopped).toBeLessThan(2_900);
  }
  const load = startLoad("x-debug: alice");
  await load.until((seen) => seen.length > 100);
  const seen = await load.stop();
  expect(
    seen.filter((request) => !request.answer.startsWith("original")),
  ).toEqual([]);
  process.kill(programPid(), "SIGCONT");
  await waitFor(async () =>
    (await ask(CLIENT, V4, "x-debug: alice")).startsWith("replica"),
  );
});

test("losing the sidecar must lose the port within 2.5 s", async () => {
  await takeOver();
  sidecar.hangUp();
  await waitFor(async () => !(await isLive()), 2_500);
  expect(await ask(CLIENT, V4, "x-debug: alice")).toMatch(/^original/);
  await sidecar.listen();
  await eventually(() => sidecar.links.size === 1);
});

test("cleanup must leave a table whose lease is renewed, and others' tables", async () => {
  await takeOver();
  expect(await cleanup()).toBe(
    "left sidestep_8000: its lease is being renewed\n",
  );
  expect(await ask(CLIENT, V4, "x-debug: alice")).toMatch(/^replica/);
  expect(tables()).toEqual(["sidestep_8000", "somebody"]);
});

test("rules that somebody removed must come back, with an event", async () => {
  await takeOver();
  sh(`ip netns exec ${APP} nft delete table inet sidestep_8000`);
  await waitFor(async () =>
    (await ask(CLIENT, V4, "x-debug: alice")).startsWith("replica"),
  );
  expect(
    sidecar.messages.some(
      (m) => m.type === "event" && m.reason === "TakeoverLost",
    ),
  ).toBe(true);
});

test("idle connections older than the takeover must be cut, and no others", async () => {
  const hold = (namespace: string, target: string) =>
    run(namespace, [process.execPath, join(folder, "hold.mjs"), target]);
  const idle = hold(CLIENT, `http://${V4}/`);
  const idle6 = hold(CLIENT, `http://${V6}/`);
  const local = hold(APP, "http://127.0.0.1:8000/");
  expect(await line(idle)).toMatch(/^original/);
  expect(await line(idle6)).toMatch(/^original/);
  expect(await line(local)).toMatch(/^original/);
  const busy = hold(CLIENT, `http://${V4}/slow`);
  await waitFor(async () => (await connections()) === 3);
  const taken = takeOver();
  const cut = await line(await launched());
  await taken;
  // Once it was answered, the busy one may fall idle in time to be cut too.
  expect(cut).toMatch(/^cut [23] idle connections to port 8000/);
  expect(await line(idle)).toBe("closed");
  expect(await line(idle6)).toBe("closed");
  expect(await line(busy)).toMatch(/^original/);
  expect(isRunning(local)).toBe(true);
  // They were told of, until there were none: the local one never counts.
  const told = () =>
    sidecar.messages.flatMap((m) => (m.type === "oldConnections" ? [m] : []));
  expect(told()[0]).toEqual({
    type: "oldConnections",
    count: expect.any(Number) as number,
    peers: expect.arrayContaining(["10.213.77.3"]) as string[],
    closing: "yes",
  });
  await waitFor(() => Promise.resolve(told().at(-1)?.count === 0), 10_000);
  // A connection of the interceptor's own is none that is older.
  expect(await ask(CLIENT, V4, "x-debug: alice")).toMatch(/^replica/);
});

test("a kernel without TPROXY must be told apart, in one line of JSON", () => {
  const bin = mkdtempSync(join(folder, "bin-"));
  writeFileSync(
    join(bin, "nft"),
    "#!/bin/sh\necho 'Error: Could not process rule: No such file or directory' >&2\nexit 1\n",
    { mode: 0o755 },
  );
  const done = launchSync({ PATH: `${bin}:${process.env.PATH}` }, CAPABILITIES);
  expect(done.status).toBe(69);
  const said = JSON.parse(done.stderr) as { reason: string; message: string };
  expect(said.reason).toBe("TakeoverUnsupported");
  expect(said.message).toMatch(/No such file or directory.*nft_tproxy/);
});

test("a missing capability must be told apart, in one line of JSON", () => {
  const done = launchSync({}, "-all,+setuid,+setgid,+setpcap");
  expect(done.status).toBe(77);
  const said = JSON.parse(done.stderr) as { reason: string; message: string };
  expect(said.reason).toBe("TakeoverForbidden");
  expect(said.message).toMatch(/NET_ADMIN/);
});

test("a port that is none must be refused", () => {
  const done = launchSync({ SIDESTEP_PORT: "http" }, CAPABILITIES);
  expect(done.status).toBe(64);
  expect(done.stderr).toMatch(/SIDESTEP_PORT is 'http'/);
});

/** Launches the interceptor and waits until the session's route is in force. */
async function takeOver(): Promise<void> {
  launcher = run(
    APP,
    ["setpriv", "--bounding-set", CAPABILITIES, "python3", LAUNCH, ...PROGRAM],
    {
      SIDESTEP_PORT: "8000",
      SIDESTEP_SOCKET: sidecar.path,
      SIDESTEP_TOKEN: "secret",
    },
  );
  await eventually(
    () => sidecar.messages.some((m) => m.type === "hello"),
    undefined,
    15_000,
  );
  await sidecar.apply({
    version: 1,
    routes: [
      {
        session: "shop",
        match: [{ header: { "x-debug": "alice" } }],
        upstream: { host: "10.213.77.3", port: 9000 },
        paused: false,
        whenPaused: "queue",
      },
    ],
  });
}

async function launched(): Promise<ChildProcess> {
  await eventually(() => launcher !== undefined);
  return launcher!;
}

function launchSync(env: NodeJS.ProcessEnv, capabilities: string) {
  return spawnSync(
    "ip",
    ["netns", "exec", APP, "setpriv", "--bounding-set", capabilities].concat([
      "python3",
      LAUNCH,
      ...PROGRAM,
    ]),
    {
      env: { ...process.env, SIDESTEP_PORT: "8000", ...env },
      encoding: "utf8",
    },
  );
}

async function cleanup(): Promise<string> {
  return output("ip", ["netns", "exec", APP, "python3", LAUNCH, "cleanup"]);
}

/** Starts a process in a namespace, in a process group of its own. */
function run(
  namespace: string,
  command: string[],
  env: NodeJS.ProcessEnv = {},
): ChildProcess {
  const child = spawn("ip", ["netns", "exec", namespace, ...command], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  started.push(child);
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on("line", (text) =>
    lines.push(text),
  );
  linesOf.set(child, lines);
  return child;
}

const linesOf = new WeakMap<ChildProcess, string[]>();

/** The next line that a process prints. */
async function line(child: ChildProcess): Promise<string> {
  const lines = linesOf.get(child)!;
  await eventually(() => lines.length > 0, undefined, 20_000);
  return lines.shift()!;
}

interface Request {
  began: number;
  /** Empty where it failed. */
  answer: string;
}

/** Requests without pause, each on a new connection, four at a time. */
function startLoad(header = "x-nothing: 1") {
  const seen: Request[] = [];
  const child = run(CLIENT, [
    process.execPath,
    join(folder, "load.mjs"),
    `http://${V4}/`,
    header,
  ]);
  createInterface({ input: child.stdout! }).on("line", (text) =>
    seen.push(JSON.parse(text) as Request),
  );
  return {
    until: (holds: (seen: Request[]) => boolean) =>
      eventually(() => holds(seen), undefined, 20_000),
    async stop() {
      child.kill("SIGTERM");
      await exited(child);
      return seen;
    },
  };
}

async function ask(
  namespace: string,
  address: string,
  header = "x-nothing: 1",
  seconds = 5,
): Promise<string> {
  return output(
    "ip",
    ["netns", "exec", namespace, "curl", "-s"].concat([
      "--max-time",
      String(seconds),
      "-H",
      header,
      `http://${address}/`,
    ]),
  );
}

/** What a command prints; nothing where it fails. */
function output(command: string, parameters: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(command, parameters, { encoding: "utf8" }, (error, stdout) =>
      resolve(error ? "" : stdout),
    );
  });
}

async function waitFor(
  holds: () => Promise<boolean>,
  milliseconds = 5_000,
): Promise<void> {
  const deadline = Date.now() + milliseconds;
  while (!(await holds()))
    if (Date.now() > deadline)
      throw new Error(`did not come true: ${holds.toString()}`);
}

async function isLive(): Promise<boolean> {
  const listed = await output(
    "ip",
    ["netns", "exec", APP, "nft", "list", "set", "inet"].concat([
      "sidestep_8000",
      "live",
    ]),
  );
  return listed.includes("expires");
}

/** How many connections the client's namespace has to the app's port. */
async function connections(): Promise<number> {
  const listed = await output(
    "ip",
    ["netns", "exec", CLIENT, "ss", "-tnH", "state", "established"].concat([
      "dport = :8000",
    ]),
  );
  return listed.split("\n").filter((entry) => entry !== "").length;
}

/** How many TCP listeners there are in the namespace of a process. */
function listenersOf(child: ChildProcess): number {
  return ["tcp", "tcp6"]
    .map((file) => readFileSync(`/proc/${child.pid}/net/${file}`, "utf8"))
    .flatMap((text) => text.split("\n"))
    .filter((entry) => entry.trim().split(/\s+/)[3] === "0A").length;
}

function tables(): string[] {
  const listed = sh(`ip netns exec ${APP} nft list tables`);
  return [...listed.matchAll(/^table inet (\S+)$/gm)].map((m) => m[1]!).sort();
}

function programPid(): number {
  const hello = sidecar.messages.find((m) => m.type === "hello");
  return hello?.type === "hello" ? hello.pid : 0;
}

function status(pid: number): Record<string, string> {
  const text = readFileSync(`/proc/${pid}/status`, "utf8");
  return Object.fromEntries(
    text.split("\n").map((entry) => entry.split(":\t") as [string, string]),
  );
}

/** Signals a process and all it has started. */
function signal(child: ChildProcess, name: NodeJS.Signals): void {
  if (child.pid !== undefined) process.kill(-child.pid, name);
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null;
}

async function exited(child: ChildProcess): Promise<number | null> {
  await eventually(() => !isRunning(child), undefined, 10_000);
  return child.exitCode;
}

function sh(script: string): string {
  const done = spawnSync("sh", ["-ec", script], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`${script}\n${done.stderr}`);
  return done.stdout;
}

/** An app that says who it is: `/slow` after 3 s, all else after 30 ms. */
const APP_SOURCE = `
import http from "node:http";
const [name, port] = process.argv.slice(2);
http.createServer((request, response) => {
  const { socket, headers } = request;
  const text = name + " for=" + (headers["x-forwarded-for"] ?? "");
  setTimeout(() => response.end(text), request.url === "/slow" ? 3000 : 30);
}).listen({ host: "::", port: Number(port), backlog: 1024 }, () => console.log("up"))
  .keepAliveTimeout = 60_000;
`;

const LOAD_SOURCE = `
import http from "node:http";
const [url, header] = process.argv.slice(2);
const [name, value] = header.split(": ");
let going = 4;
let stopped = false;
process.on("SIGTERM", () => (stopped = true));
for (let i = 0; i < 4; i++) next();
function next() {
  if (stopped) return void (--going === 0 && process.exit(0));
  const began = Date.now();
  let told = false;
  const tell = (answer) => {
    if (told) return;
    told = true;
    console.log(JSON.stringify({ began, answer }));
    next();
  };
  const request = http.get(url, { agent: false, headers: { [name]: value }, timeout: 5000 }, (response) => {
    let text = "";
    response.setEncoding("utf8").on("data", (more) => (text += more));
    response.on("end", () => tell(text)).on("error", () => tell(""));
  });
  request.on("error", () => tell("")).on("timeout", () => request.destroy());
}
`;

/** Asks once and keeps the connection: prints the answer, then when it is closed. */
const HOLD_SOURCE = `
import http from "node:http";
const agent = new http.Agent({ keepAlive: true });
const request = http.get(process.argv[2], { agent }, (response) => {
  response.setEncoding("utf8").on("data", (text) => console.log(text));
});
request.on("socket", (socket) => {
  socket.on("close", () => console.log("closed"));
  setInterval(() => {}, 1000);
});
request.on("error", () => {});
`;
