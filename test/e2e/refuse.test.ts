import { hostname, userInfo } from "node:os";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { get, servedBy } from "./support/http.js";
import { until } from "./support/poll.js";
import { docker, tryRun, type Result } from "./support/run.js";
import { openStage, type App, type Stage } from "./support/stage.js";

const MATCH = ["--match", "header:x-debug=alice"];
const ALICE = { "x-debug": "alice" };
const SLEEP = ["--entrypoint", "sleep"];

// What cannot be done is refused before anything is created, in words that say
// what was wrong, what is accepted and what to do.
let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => {
  await stage?.end();
});

describe.concurrent("what cannot be debugged", () => {
  const refused = async (...args: string[]): Promise<Result> => {
    const result = await stage.cli.any(["debug", ...args]);
    expect(result.stdout).toBe("");
    expect(result.code).toBe(1);
    expect(result.stderr).not.toContain("    at ");
    return result;
  };

  test("an unknown target must be refused with a list of what there is", async () => {
    const name = await stage.run(SLEEP, ["infinity"]);
    const { stderr } = await refused("no-such-app");
    expect(stderr).toMatch(
      /^Error from server \(TargetNotFound\): there is no running target "no-such-app"\nTargets here: .+\.\n$/,
    );
    expect(stderr).toContain(name);
    expect(stderr).not.toContain(stage.sidecar.name);
  });

  test("two ports in use must be listed, and `--port` must choose one", async () => {
    const { name, url } = await stage.web(
      ["--expose", "8001"],
      ["-b", "0.0.0.0:8001", "-b", "0.0.0.0:8000"],
    );
    const { stderr } = await refused(name);
    expect(stderr).toBe(
      `Error from server (PortAmbiguous): the target "${name}" has several TCP ports: 8000, 8001\n` +
        "Name the app's port: --port 8000.\n",
    );
    const session = await stage.debug(name, "--port", "8000", ...MATCH);
    expect((await stage.session(session)).status.port).toBe(8000);
    expect(servedBy(await get(url, ALICE))).toBe(`session=${session}`);
    await stage.delete(session, name);
  });

  test("of two exposed ports the one that is used must be taken", async () => {
    const { name } = await stage.web(["--expose", "9000"]);
    const session = await stage.debug(name, ...MATCH, "--wait=false");
    const port = await until("its port is known", async () => {
      return (await stage.session(session)).status.port;
    });
    expect(port).toBe(8000);
    await stage.delete(session, name);
  });

  test("a port that is not exposed must be found by what listens", async () => {
    const name = await stage.run(
      ["--entrypoint", "node"],
      ["-e", "require('http').createServer((_, a) => a.end()).listen(8123)"],
      "node:24-bookworm-slim",
    );
    const plan = await until("the app listens", () =>
      stage.cli.ok("debug", name, "--dry-run"),
    );
    expect(plan).toContain(`${name}-sidestep-port-8123`);
  });

  test("a target that listens nowhere must be refused", async () => {
    const name = await stage.run(SLEEP, ["infinity"], "node:24-bookworm-slim");
    const { stderr } = await refused(name);
    expect(stderr).toBe(
      `Error from server (PortUnknown): the target "${name}" exposes no TCP port, and nothing listens in it\n` +
        "Name the app's port with --port.\n",
    );
  });

  test("one that says it is production must be refused, but for who names it", async () => {
    const { name, url } = await stage.web(["-e", "DJANGO_ENV=production"]);
    const { stderr } = await refused(name, ...MATCH);
    expect(stderr).toBe(
      `Error from server (TargetIsProduction): the target "${name}" says that it is production: its environment has DJANGO_ENV=production\n` +
        `If it is meant all the same, say so by its name: --allow-production=${name} (SIDESTEP_ALLOW_PRODUCTION of the sidecar, for its SIDESTEP_TARGET). If it is none, label it sidestep.production=false.\n`,
    );
    const other = await refused(name, "--allow-production=yes", ...MATCH);
    expect(other.stderr).toContain('what is allowed is "yes"');
    const targets = await stage.cli.ok("get", "targets", "-o", "wide");
    const row = targets.split("\n").find((line) => line.startsWith(name));
    expect(row).toMatch(/production/);
    const allowed = `--allow-production=${name}`;
    const session = await stage.debug(name, allowed, ...MATCH);
    expect(servedBy(await get(url, ALICE))).toBe(`session=${session}`);
    const events = await stage.cli.ok("events", "--for", `session/${session}`);
    const me = `${userInfo().username}@${hostname()} (context default)`;
    expect(events).toMatch(/Warning +ProductionAllowed +.*allowed by name/);
    expect(events).toContain(`allowed by name, by ${me}: `);
    expect(events).toMatch(/Normal +CreatedBy /);
    await stage.delete(session, name);
  });

  test("one that is created anew as production must lose its session's replica, and serve", async () => {
    const app = await stage.web();
    const session = await stage.debug(app.name, ...MATCH);
    await docker("rm", "-f", app.name);
    const again = await stage.web(["-e", "ENV=prod"], undefined, app.name);
    const status = await until("it is refused", async () => {
      const { status } = await stage.session(session);
      const text = JSON.stringify(status.conditions);
      return text.includes("TargetIsProduction") ? status : undefined;
    });
    expect(status.phase).not.toBe("Ready");
    expect(servedBy(await get(again.url, ALICE))).toBe("original");
    await until("its replica and its interceptor are gone", async () => {
      const names = await docker("ps", "-a", "--format", "{{.Names}}");
      return !names.includes(`${app.name}-sidestep`);
    });
    await stage.delete(session, app.name);
  });

  test("a label must say that one is production, or that it is none", async () => {
    const is = await stage.web(["--label", "sidestep.production=true"]);
    expect((await refused(is.name, ...MATCH)).stderr).toContain(
      "its label sidestep.production=true",
    );
    const isNot = await stage.web([
      ...["-e", "APP_ENV=production"],
      ...["--label", "sidestep.production=false"],
    ]);
    const needless = `--allow-production=${isNot.name}`;
    const session = await stage.debug(isNot.name, needless, ...MATCH);
    const events = await stage.cli.ok("events", "--for", `session/${session}`);
    expect(events).not.toContain("ProductionAllowed");
    await stage.delete(session, isNot.name);
  });

  test.each([
    ["none", "TargetHasNoNetwork", "no request reaches it"],
    ["host", "TargetOnHostNetwork", "every other program of the host"],
  ])("--network %s must be refused", async (network, code, why) => {
    const name = await stage.run([...SLEEP, "--network", network], ["60"]);
    const { stderr } = await refused(name);
    expect(stderr).toContain(`Error from server (${code}): the target`);
    expect(stderr).toContain(why);
    const targets = await stage.cli.ok("get", "targets", "-o", "wide");
    const row = targets.split("\n").find((line) => line.startsWith(name));
    expect(row).toMatch(/network/);
  });

  test("what shares the host's network by another container must be refused", async () => {
    const host = await stage.run([...SLEEP, "--network", "host"], ["60"]);
    const network = `container:${host}`;
    const name = await stage.run([...SLEEP, "--network", network], ["60"]);
    const { stderr } = await refused(name);
    expect(stderr).toContain("(TargetOnHostNetwork)");
  });

  test("a stopped container must be refused", async () => {
    const name = await stage.run(["--entrypoint", "true"]);
    await docker("wait", name);
    const { stderr } = await refused(name);
    expect(stderr).toBe(
      `Error from server (TargetNotRunning): the target "${name}" is not running (exited)\n` +
        "Start it first; a session follows it from then on.\n",
    );
  });

  test("sidestep's own containers must be refused", async () => {
    const { name } = await stage.web();
    const session = await stage.debug(name, ...MATCH);
    const ours = [
      stage.sidecar.name,
      `${stage.sidecar.name}-guard`,
      `${name}-sidestep-port-8000`,
      `${name}-sidestep-${session}`,
    ];
    for (const each of ours) {
      const { stderr } = await refused(each);
      expect(stderr).toContain(
        `Error from server (Invalid): "${each}" is a container of sidestep itself`,
      );
    }
    await stage.delete(session, name);
  });
});

describe("a second session on one target", () => {
  let app: App;
  beforeAll(async () => {
    app = await stage.web();
    await stage.debug(app.name, "--name", "first", ...MATCH);
  });

  test.each([
    ["the same match", "header:x-debug=alice"],
    ["the same header in another case", "header:X-DEBUG=alice"],
  ])("%s must be refused, and name the other", async (_case, match) => {
    const { code, stderr } = await stage.cli.any([
      "debug",
      app.name,
      "--match",
      match,
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'Error from server (MatchTaken): session "first" already takes',
    );
    expect(stderr).toContain("sidestep delete session first");
  });

  test("the same name must be refused, whatever it matches", async () => {
    const { code, stderr } = await stage.cli.any([
      "debug",
      app.name,
      "--name",
      "first",
    ]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^Error from server \(AlreadyExists\): sessions "first" already exists\n/,
    );
  });

  test("another match must be served beside it", async () => {
    const other = await stage.debug(
      app.name,
      "--match",
      "header:x-debug=bob",
      "--name",
      "second",
    );
    const [alice, bob, nobody] = await Promise.all([
      get(app.url, ALICE),
      get(app.url, { "x-debug": "bob" }),
      get(app.url),
    ]);
    expect([alice, bob, nobody].map(servedBy)).toEqual([
      "session=first",
      "session=second",
      "original",
    ]);
    await stage.cli.ok("delete", "session", other);
    expect(servedBy(await get(app.url, ALICE))).toBe("session=first");
  });
});

describe.concurrent("a name that does not exist", () => {
  test.each([
    ["describe", "session", "nobody"],
    ["delete", "session", "nobody"],
    ["logs", "session/nobody"],
    ["get", "session", "nobody"],
    ["wait", "session/nobody", "--for=condition=Ready"],
    ["attach", "session/nobody"],
  ])("%s of an unknown session must say so", async (...args) => {
    const { code, stdout, stderr } = await stage.cli.any(args);
    expect(stderr).toBe(
      'Error from server (NotFound): sessions "nobody" not found\n',
    );
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });

  test.each([
    ["attach", "pause/nobody"],
    ["continue", "pause/nobody"],
    ["get", "pause", "nobody"],
  ])("%s of an unknown pause must say so", async (...args) => {
    const { code, stdout, stderr } = await stage.cli.any(args);
    expect(stderr).toBe(
      'Error from server (NotFound): pauses "nobody" not found\n',
    );
    expect(stdout).toBe("");
    expect(code).toBe(1);
  });
});

describe.concurrent("a sidecar that is set up wrongly", () => {
  const ends = async (...args: string[]) => {
    const { code, stderr } = await tryRun("docker", [
      "run",
      "--rm",
      ...args,
      "sidestep-sidecar",
    ]);
    expect(code).toBe(1);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    return stderr;
  };

  test("a wrong SIDESTEP_MATCH must end it at once, with what is accepted", async () => {
    const match = "SIDESTEP_MATCH=header:x-debug=alice|header=bob";
    expect(await ends("-e", "SIDESTEP_TARGET=shop", "-e", match)).toBe(
      'sidestep: SIDESTEP_MATCH is not valid: "header=bob": must be header:NAME=VALUE, ' +
        "cookie:NAME=VALUE, query:NAME=VALUE, baggage:KEY=VALUE, path=GLOB, method=METHOD or client=CIDR\n",
    );
  });

  test("without the Engine's socket it must end and say what to mount", async () => {
    expect(await ends()).toContain("/var/run/docker.sock");
  });

  test("without its volume it must end and say what to mount", async () => {
    expect(
      await ends("-v", "/var/run/docker.sock:/var/run/docker.sock"),
    ).toContain("no volume is mounted at /.sidestep: add");
  });
});

describe("a target that does not exist yet", () => {
  test("its session must wait with the reason, and become Ready by itself", async () => {
    const name = `t-late-${process.pid}`;
    const stage = await openStage({ SIDESTEP_TARGET: name });
    try {
      const waiting = await stage.session(name);
      expect(waiting.status.phase).toBe("Pending");
      expect(waiting.status.conditions).toContainEqual(
        expect.objectContaining({
          type: "Ready",
          status: "False",
          reason: "TargetNotFound",
          message: expect.stringContaining(
            `there is no running target "${name}"`,
          ) as string,
        }),
      );
      const health = async (what: string) =>
        docker(
          "inspect",
          "-f",
          `{{json .State.Health.${what}}}`,
          stage.sidecar.name,
        );
      const said = await until("the health check has looked", async () => {
        const log = await health("Log");
        return log.includes("Pending") && log;
      });
      expect(said).toContain(`session ${name} is Pending: there is no running`);
      expect(await health("Status")).not.toBe('"healthy"');

      await stage.web([], undefined, name);
      await stage.cli.ok("wait", `session/${name}`, "--for=condition=Ready");
      await until("the sidecar is healthy", async () => {
        return (await health("Status")) === '"healthy"';
      });
    } finally {
      await stage.end();
    }
  });
});
