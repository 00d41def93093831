import { randomBytes } from "node:crypto";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import {
  filterEngine,
  type EngineCall,
  type EngineProxy,
} from "./support/engine-proxy.js";
import { get, servedBy } from "./support/http.js";
import { ALICE, startKept, STOP } from "./support/kept.js";
import { until } from "./support/poll.js";
import { docker, tryRun } from "./support/run.js";
import { openStage, type App, type Stage } from "./support/stage.js";

// A sidecar that is nobody in particular, has a read-only root and no
// capability, and may ask of the Engine only what docs/least-power.md says.
const [USER, GROUP] = [23456, 34567];
const SECRET = `hush-${randomBytes(8).toString("hex")}`;
const NETWORK = `t-second-${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), "sidestep-least-power-"));

/** The documented calls, as `METHOD /path/{id}`. */
const documented = [
  ...readFileSync("docs/least-power.md", "utf8").matchAll(
    /^\| `([A-Z]+ \/[^`]+)` *\|/gm,
  ),
].map(([, call]) => call ?? "");

/** Which of these a call is; undefined: none. */
const nameOf = ({ method, url }: EngineCall) => {
  const path = url.replace(/\?.*/, "").replace(/^\/v1\.\d+(?=\/)/, "");
  return documented.find((each) => {
    const pattern = each.replaceAll(/\{\w+\}/g, "[^/]+");
    return new RegExp(`^${pattern}$`).test(`${method} ${path}`);
  });
};

let proxy: EngineProxy;
let stage: Stage;
let app: App;
let session: string;
let replica: string;
let answer: ReturnType<typeof get>;
let ended = false;
beforeAll(async () => {
  const socket = join(folder, "docker.sock");
  proxy = await filterEngine(socket, (call) => nameOf(call) !== undefined);
  chmodSync(folder, 0o755);
  chownSync(socket, 0, GROUP);
  chmodSync(socket, 0o660);
  const env = {
    SIDESTEP_LOG_LEVEL: "debug",
    DOCKER_HOST: "unix:///run/proxy/docker.sock",
  };
  stage = await openStage(env, undefined, {
    socket: `${folder}:/run/proxy`,
    user: `${USER}:${GROUP}`,
  });
  await docker("network", "create", NETWORK);
  // A second port, so that it is looked which one it listens on.
  const more = ["-e", `DATABASE_PASSWORD=${SECRET}`, "--expose", "8001"];
  app = await startKept(stage, more);
  await docker("network", "connect", NETWORK, app.name);
  session = await stage.debug(
    ...[app.name, "--match", "header:x-debug=alice", "-b", STOP],
    ...["--original", "pause"],
  );
  replica = `${app.name}-sidestep-${session}`;
  answer = get(`${app.url}/stop`, ALICE);
  answer.catch(() => undefined);
  await until("it is paused", () =>
    stage.cli.ok("get", "pauses", "-o", "name"),
  );
});
afterEach(() => {
  expect(proxy.refused).toEqual([]);
});
afterAll(async () => {
  if (!ended) await stage?.end();
  proxy?.end();
  await tryRun("docker", ["network", "rm", NETWORK]);
  rmSync(folder, { recursive: true, force: true });
});

test("each process must have no more than what it needs", async () => {
  const interceptor = `${app.name}-sidestep-port-8000`;
  const guard = `${stage.sidecar.name}-guard`;
  for (const container of [stage.sidecar.name, guard]) {
    for (const process of await processesOf(container)) {
      expect(process).toMatchObject({
        Uid: USER,
        CapEff: NOTHING,
        CapBnd: NOTHING,
        NoNewPrivs: 1,
      });
    }
  }
  const [watcher, program] = await processesOf(interceptor);
  expect(watcher).toMatchObject({ CapEff: NET_ADMIN, CapBnd: NET_ADMIN });
  expect(program).toMatchObject({
    Uid: 4242,
    CapEff: NOTHING,
    CapBnd: NOTHING,
    NoNewPrivs: 1,
  });
  // What a toolbox could do, nobody has asked for yet.
  const roles = await docker(
    ...["ps", "-a", "--format", '{{.Label "sidestep.role"}}'],
    ...["--filter", `label=sidestep.owner=${stage.sidecar.volume}`],
  );
  expect(roles.split("\n").sort()).toEqual(["guard", "interceptor", "replica"]);
});

test("what is the sidecar's alone in the volume must not be seen by anybody else", async () => {
  const look = ["ls", "-A", "/.sidestep/private"];
  const own = await docker("exec", stage.sidecar.name, ...look);
  expect(own.split("\n")).toContain("token");
  const interceptor = `${app.name}-sidestep-port-8000`;
  for (const name of [replica, interceptor]) {
    expect(await docker("exec", "-u", "0", name, ...look)).toBe("");
  }
});

test("no secret of the target's environment must be told to anybody but the replica", async () => {
  const configOf = async (...names: string[]) =>
    docker("inspect", "-f", "{{json .}}", ...names);
  expect(await configOf(replica)).toContain(SECRET);
  await stage.cli.ok("exec", `session/${session}`, "--", "true");
  const { name, volume } = stage.sidecar;
  const owned = await docker(
    ...["ps", "-aq", "--filter", `label=sidestep.owner=${volume}`],
  );
  const types = ["targets", "sessions", "pauses", "requests", "breakpoints"];
  const token = await stage.sidecar.token();
  const told = {
    events: await stage.cli.ok("events", "-o", "json"),
    log: await stage.sidecar.logs(),
    described: await stage.cli.ok("describe", "session", session),
    target: await stage.cli.ok("describe", "target", app.name),
    yaml: await stage.cli.ok("get", "session", session, "-o", "yaml"),
    ...Object.fromEntries(
      await Promise.all(
        types.map(async (type) => {
          const json = await stage.cli.ok("get", type, "-o", "json");
          return [type, json] as const;
        }),
      ),
    ),
    metrics: (
      await get(`${await stage.sidecar.url()}/metrics`, {
        authorization: `Bearer ${token}`,
      })
    ).body,
    labels: await docker(
      ...["inspect", "-f", "{{.Name}} {{json .Config.Labels}}"],
      ...owned.split("\n"),
    ),
    ours: await configOf(
      ...[name, `${name}-guard`, `${app.name}-sidestep-port-8000`],
    ),
    calls: JSON.stringify(proxy.passed),
  };
  for (const [where, text] of Object.entries(told)) {
    expect(text, where).not.toBe("");
    expect(text, where).not.toContain(SECRET);
  }
});

test("a terminal, exec, cp, port-forward and logs must work with that", async () => {
  const terminal = stage.cli.tty("attach", `session/${session}`);
  await terminal.sees("(Pdb) ");
  terminal.enter("p 6 * 7");
  await terminal.sees("\n42");
  terminal.enter("c");
  expect(await terminal.ends()).toBe(0);
  const { status, body } = await answer;
  expect([status, body]).toEqual([200, "went on"]);
  expect(servedBy(await answer)).toBe(`session=${session}`);

  const main = stage.cli.tty("attach", `session/${session}`, "--main");
  await main.sees("gunicorn");
  main.type("\x10\x11");
  expect(await main.ends()).toBe(0);
  expect(await stage.cli.ok("logs", `session/${session}`)).toContain(
    "gunicorn",
  );

  const shell = stage.cli.tty("exec", "-it", `session/${session}`, "--", "sh");
  await shell.sees(/[#$] /);
  shell.enter("stty size");
  await shell.sees("30 100");
  shell.enter("exit 7");
  expect(await shell.ends()).toBe(7);

  writeFileSync(join(folder, "there"), "and back");
  const remote = `session/${session}:/tmp/there`;
  await stage.cli.ok("cp", join(folder, "there"), remote);
  await stage.cli.ok("cp", remote, join(folder, "back"));
  expect(readFileSync(join(folder, "back"), "utf8")).toBe("and back");

  const forward = stage.cli.tty("port-forward", `session/${session}`, ":8000");
  const line = await forward.sees(/127\.0\.0\.1:\d+ -> 8000/);
  const port = /:(\d+)/.exec(line)?.[1];
  expect((await get(`http://127.0.0.1:${port}/`)).body).toBe("ok");
  forward.type("\x03");
  expect(await forward.ends()).toBe(130);
});

test("going back must do with the documented calls too, each of which is needed", async () => {
  await stage.delete(session, app.name);
  expect(servedBy(await get(app.url, ALICE))).toBe("original");
  await stage.end();
  ended = true;
  const used = new Set(proxy.passed.map(nameOf));
  // That one is for apps that start Python without its environment.
  expect(documented.filter((each) => !used.has(each))).toEqual([
    "GET /containers/{id}/top",
  ]);
});

const NOTHING = "0000000000000000";
const NET_ADMIN = "0000000000001000";

/** What the kernel says of the processes of a container, parents first. */
async function processesOf(container: string) {
  const table = await docker("top", container, "-eo", "pid");
  const files = table
    .split("\n")
    .slice(1)
    .map((pid) => `/proc/${pid.trim()}/status`)
    // A health check may be over by now.
    .filter((path) => existsSync(path));
  return files.map((path) => {
    const text = readFileSync(path, "utf8");
    const value = (key: string) =>
      new RegExp(`^${key}:\\s+(\\w+)`, "m").exec(text)?.[1] ?? "";
    return {
      Uid: Number(value("Uid")),
      CapEff: value("CapEff"),
      CapBnd: value("CapBnd"),
      NoNewPrivs: Number(value("NoNewPrivs")),
    };
  });
}
