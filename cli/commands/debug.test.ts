import { beforeEach, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { NewSession } from "../../sidecar/schema/session.js";
import { serverRefused } from "../server-errors.js";
import { problem } from "../testing/fake-sidecar.js";
import {
  aBreakpoint,
  aPause,
  aSession,
  condition,
} from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
});

const session = () => {
  const [first] = cli.sidecar.sessionList;
  if (!first) throw new Error("no session");
  return first;
};

/** A session that needs a while to be ready; each step of it is one wait. */
function slowly(...rest: (() => void)[]): void {
  cli.sidecar.makeSession = (asked) =>
    aSession(
      "shop",
      { phase: "Starting", conditions: [], replica: undefined },
      asked.spec,
    );
  const step =
    (...conditions: ReturnType<typeof condition>[]) =>
    () => {
      session().status.conditions.push(...conditions);
    };
  cli.steps = [
    step(condition("ReplicaRunning", "True", "container shop-replica")),
    step(condition("Debuggable", "True", "python 3.11, gunicorn")),
    step(
      condition("Routed", "True", "requests that match"),
      condition("Ready", "True", "requests that match"),
    ),
    ...rest,
  ];
}

const gone = () => void (cli.sidecar.sessionList = []);

describe("what is asked for", () => {
  test("every flag", async () => {
    await cli.run([
      ..."debug shop --name mine --port 8000 --priority -5 --ttl 1h --wait=false".split(
        " ",
      ),
      ..."--match header:X-Debug=alice --match path=/orders/*".split(" "),
      ..."--env A=1 --env B=x=y --original pause".split(" "),
      ..."--when-paused reject -- run --port 1 -x".split(" "),
    ]);
    const [asked] = cli.sidecar.created;
    expect(asked).toEqual({
      metadata: { name: "mine" },
      spec: {
        target: "shop",
        port: 8000,
        priority: -5,
        match: [{ header: { "x-debug": "alice" }, path: "/orders/*" }],
        whenPaused: "reject",
        onException: "browser",
        concurrency: "sync",
        original: "pause",
        env: { A: "1", B: "x=y" },
        command: ["run", "--port", "1", "-x"],
        ttl: "1h",
      },
    });
    expect(NewSession.parse(asked)).toEqual(asked);
  });

  test("nothing but the target; a name as `get -o name` prints it", async () => {
    await cli.run("debug project/shop --wait=false");
    await cli.run("debug target/project/shop --wait=false");
    const spec = {
      target: "project/shop",
      whenPaused: "queue",
      onException: "browser",
      concurrency: "sync",
      original: "keep",
    };
    expect(cli.sidecar.created).toEqual([{ spec }, { spec }]);
  });

  test.each([
    ["debug", "name the target to debug"],
    [
      "debug shop other",
      "unexpected arguments: other; a command for the replica goes after --",
    ],
    ["debug shop --", "there is no command after --"],
    ["debug -- run", "name the target to debug"],
    [
      "debug shop --match x-debug=alice",
      'invalid argument "x-debug=alice" for "--match" flag',
    ],
    [
      "debug shop --port 0",
      'invalid argument "0" for "--port" flag: must be a whole number from 1 to 65535',
    ],
    ["debug shop --port http", 'invalid argument "http" for "--port" flag'],
    [
      "debug shop --env A",
      'invalid argument "A" for "--env" flag: must be NAME=VALUE',
    ],
    [
      "debug shop --priority high",
      'invalid argument "high" for "--priority" flag: must be a whole number from -1000 to 1000',
    ],
    ["debug shop --original stop", "must be one of keep, pause"],
    ["debug shop --when-paused wait", "must be one of queue, original, reject"],
    ["debug shop --ttl forever", 'invalid argument "forever" for "--ttl" flag'],
    ["debug shop --rm", "--rm should only be used with --attach"],
    ["debug shop --attach -o name", "--output cannot be used with --attach"],
    ["debug shop -o wide", "allowed formats are: json,name,yaml"],
  ])("%s is refused before anything is created", async (line, message) => {
    const { out, err, code } = await cli.run(line);
    expect(err).toContain(message);
    expect({ out, code }).toEqual({ out: "", code: 1 });
    expect(cli.sidecar.calls).toEqual([]);
  });

  test("what the sidecar refuses is shown with its hint", async () => {
    cli.sidecar.failure = problem(
      "TargetNotFound",
      'target "shpo" not found',
      "there are: shop, web",
    );
    expect(await cli.run("debug shpo")).toEqual({
      out: "",
      err: 'Error from server (TargetNotFound): target "shpo" not found\nthere are: shop, web\n',
      code: 1,
    });
  });
});

describe("without --attach", () => {
  test("waits until it is ready, one line a step, and says how to go on", async () => {
    slowly();
    expect(await cli.run("debug shop --match header:x-debug=alice")).toEqual({
      out: "session/shop created\n",
      err: [
        "  0.3s  replica is running: container shop-replica",
        "  0.5s  app is up: python 3.11, gunicorn",
        "  0.8s  requests are rerouted: requests that match",
        "send a request that matches, such as: curl -H 'x-debug: alice' http://YOUR-APP/",
        "attach to what it pauses with: sidestep attach session/shop",
        "exceptions open a debugger in the browser, with the PIN 123-456-789",
        "",
      ].join("\n"),
      code: 0,
    });
  });

  test("--wait=false does not wait; -o prints for programs", async () => {
    slowly();
    expect((await cli.run("debug shop --wait=false -o name")).out).toBe(
      "session/shop\n",
    );
    expect(cli.sidecar.calls).toEqual(["sessions", "create"]);
    const { out } = await cli.run("debug shop -o yaml");
    expect(parse(out)).toMatchObject({ kind: "Session" });
  });

  test("one that fails is told with its log, and kept to be looked at", async () => {
    slowly();
    cli.steps = [
      () => {
        session().status.phase = "Failed";
        session().status.conditions = [
          condition("Ready", "False", "the replica exited with 3"),
        ];
        session().status.log = ["ImportError: foo"];
      },
    ];
    const { out, err, code } = await cli.run("debug shop");
    expect(err).toContain(
      'error: session "shop" failed: the replica exited with 3\n  ImportError: foo\n',
    );
    expect({ out, code }).toEqual({ out: "", code: 1 });
    expect(cli.sidecar.sessionList).toHaveLength(1);
  });

  test("--dry-run prints the plan and creates nothing", async () => {
    expect(await cli.run("debug shop --dry-run")).toEqual({
      out: "create replica shop-replica: there is none\n",
      err: "session/shop created (dry run)\n",
      code: 0,
    });
    expect((await cli.run("debug shop --dry-run -o name")).out).toBe(
      "session/shop\n",
    );
    expect(cli.sidecar.sessionList).toEqual([]);
  });
});

describe("with --attach --rm", () => {
  const LINE = "debug shop --match header:x-debug=alice --attach --rm";

  test("attaches to one pause after the other; detaching puts everything back", async () => {
    const pauses = [aPause("p1"), aPause("p2")];
    const next = () => (cli.sidecar.pauseList = pauses.splice(0, 1));
    slowly(next);
    cli.sidecar.onAttach = (link) => {
      link.draw("(Pdb) ");
      cli.sidecar.pauseList = [];
      if (link.pause === "p1") {
        link.exit();
        cli.steps = [next];
      } else {
        cli.streams.in.write("\x10\x11");
        cli.steps = [gone];
      }
    };
    const { out, err, code } = await cli.run(LINE);
    expect(out).toBe("(Pdb) (Pdb) ");
    expect(err).toBe(
      [
        "  0.3s  replica is running: container shop-replica",
        "  0.5s  app is up: python 3.11, gunicorn",
        "  0.8s  requests are rerouted: requests that match",
        "send a request that matches, such as: curl -H 'x-debug: alice' http://YOUR-APP/",
        "waiting for a pause; Ctrl-C ends",
        "pause/p1 at shop/views.py:42: GET /orders/7?pdb=1",
        "",
        "(the thread went on)",
        "waiting for a pause; Ctrl-C ends",
        "pause/p2 at shop/views.py:42: GET /orders/7?pdb=1",
        "",
        "detached",
        "deleting session/shop",
        "everything is back: requests go to the original",
        "",
      ].join("\n"),
    );
    expect(code).toBe(0);
    expect(cli.sidecar.sessionList).toEqual([]);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s while waiting puts everything back", async (name, exit) => {
    slowly(() => {
      cli.signal(name);
      cli.steps = [() => {}, gone];
    });
    const { err, code } = await cli.run(LINE);
    expect(err).toMatch(/\neverything is back: requests go to the original\n$/);
    expect(code).toBe(exit);
    expect(
      cli.sidecar.calls.filter((call) => call === "delete shop"),
    ).toHaveLength(1);
  });

  test("a signal while it is being created or starting leaves nothing behind", async () => {
    slowly();
    const make = cli.sidecar.makeSession;
    cli.sidecar.makeSession = (asked) => {
      cli.signal("SIGINT");
      return make(asked);
    };
    cli.steps = [gone];
    const { err, code } = await cli.run(LINE);
    expect(err).toContain("everything is back");
    expect(code).toBe(130);
    expect(cli.sidecar.sessionList).toEqual([]);
  });

  test("one that fails is told, deleted, and the exit code is 1", async () => {
    slowly();
    cli.steps = [
      () => {
        session().status.phase = "Failed";
        session().status.conditions = [
          condition("Ready", "False", "it crashed"),
        ];
        session().status.log = ["boom"];
        cli.steps = [gone];
      },
    ];
    const { err, code } = await cli.run(LINE);
    expect(err).toContain('error: session "shop" failed: it crashed\n  boom\n');
    expect(code).toBe(1);
    expect(cli.sidecar.sessionList).toEqual([]);
  });

  test("a pause that is gone before it can be attached to is no end", async () => {
    slowly(() => {
      cli.sidecar.pauseList = [aPause("p1")];
    });
    const attach = cli.sidecar.attach.bind(cli.sidecar);
    cli.sidecar.attach = (...args) => {
      cli.sidecar.pauseList = [];
      cli.steps = [
        () => {},
        () => {
          cli.signal("SIGINT");
          cli.steps = [gone];
        },
      ];
      return attach(...args);
    };
    const { err, code } = await cli.run(LINE);
    expect(err.match(/waiting for a pause/g)).toHaveLength(2);
    expect(code).toBe(130);
  });

  test("one that somebody else deletes needs no deleting", async () => {
    slowly(gone);
    const { err, code } = await cli.run(LINE);
    expect(err).toContain('error: session "shop" was deleted while waiting');
    expect(code).toBe(1);
    expect(cli.sidecar.calls).not.toContain("delete shop");
  });

  test("a restart of the sidecar while waiting or deleting does no harm", async () => {
    const refuse = () =>
      void (cli.sidecar.failure = serverRefused("h:1", undefined));
    slowly(refuse, refuse, () => {
      cli.signal("SIGINT");
      refuse();
      cli.steps = [refuse, () => {}, gone];
    });
    const { err, code } = await cli.run(LINE);
    expect(err).toContain("everything is back");
    expect(code).toBe(130);
    expect(cli.sidecar.sessionList).toEqual([]);
  });

  test("a sidecar that does not come back is told, with what that means", async () => {
    slowly(() => {
      cli.signal("SIGINT");
      const refuse = () =>
        void (cli.sidecar.failure = serverRefused("h:1", undefined));
      refuse();
      cli.steps = Array.from({ length: 500 }, () => refuse);
    });
    const { err, code } = await cli.run(LINE);
    expect(err).toContain("the sidecar is away");
    expect(code).toBe(1);
  });
});

test("with --attach alone, Ctrl-C leaves the session and says how to go on", async () => {
  slowly(() => cli.signal("SIGINT"));
  const { err, code } = await cli.run("debug shop --attach");
  expect(err).toContain("session/shop goes on: sidestep attach session/shop");
  expect(code).toBe(130);
  expect(cli.sidecar.sessionList).toHaveLength(1);
});

test("--idle-timeout, --max-pause and --on-max-pause become parts of the spec", async () => {
  await cli.run(
    "debug shop --idle-timeout 30m --max-pause 10m --on-max-pause keep",
  );
  const { spec } = cli.sidecar.created[0]!;
  expect(spec).toMatchObject({
    idleTimeout: "30m",
    maxPause: "10m",
    onMaxPause: "keep",
  });
  await cli.run("debug shop --idle-timeout never");
  expect(cli.sidecar.created[1]?.spec.idleTimeout).toBe("never");
  const bad = await cli.run("debug shop --idle-timeout 0s");
  expect(bad.err).toContain("such as 30s, 5m, 1h, or never");
  const other = await cli.run("debug shop --on-max-pause stop");
  expect(other.err).toMatch(/continue.*keep/);
});

describe("while it is paused", () => {
  test("--max-wait, --probe and --cut-idle become parts of the spec", async () => {
    await cli.run(
      "debug shop --max-wait 30s --probe path=/alive --probe agent=my-lb/* --probe path=/x --cut-idle=false",
    );
    expect(cli.sidecar.created[0]?.spec).toMatchObject({
      maxWait: "30s",
      probes: { paths: ["/alive", "/x"], userAgents: ["my-lb/*"] },
      cutIdle: false,
    });
    await cli.run("debug shop --cut-idle");
    expect(cli.sidecar.created[1]?.spec).not.toHaveProperty("cutIdle");
    expect(cli.sidecar.created[1]?.spec).not.toHaveProperty("maxWait");
  });

  test.each([
    ["--max-wait 0s", 'invalid argument "0s" for "--max-wait" flag: must be'],
    ["--max-wait soon", "must be a number and a unit, such as 30s, 5m, 1h"],
    ["--probe /alive", "must be path=GLOB or agent=GLOB"],
    ["--probe path=alive", 'a path must begin with "/" or "*"'],
  ])("%s is refused", async (flags, message) => {
    const { err, code } = await cli.run(`debug shop ${flags}`);
    expect(err).toContain(message);
    expect(code).toBe(1);
    expect(cli.sidecar.calls).toEqual([]);
  });
});

describe("breakpoints", () => {
  const words = (...more: string[]) => ["debug", "shop", ...more];

  test("--if and --log belong to the -b before them", async () => {
    await cli.run(
      words(
        ...["-b", "shop/views.py:42", "--if", "total < 0"],
        ...["-b", "a.py:1", "--breakpoint=b.py:2", "--log", "x={x}"],
        ...["--if", "x"],
      ),
    );
    expect(cli.sidecar.created[0]?.spec.breakpoints).toEqual([
      { at: "shop/views.py:42", if: "total < 0" },
      { at: "a.py:1" },
      { at: "b.py:2", log: "x={x}", if: "x" },
    ]);
  });

  test("how each stands is said when the session is ready", async () => {
    cli.sidecar.breakpointList = [
      aBreakpoint("shop-b1", {
        message: "line 41 has no code: moved to line 42, in order",
      }),
    ];
    const { err } = await cli.run(words("-b", "shop/views.py:41"));
    expect(err).toContain(
      "breakpoint/shop-b1 Verified: /app/shop/views.py:42 in order (line 41 has no code: moved to line 42, in order)\n",
    );
  });

  test.each([
    [["--if", "x"], "--if belongs to the --breakpoint before it"],
    [["--log", "x", "-b", "a.py:1"], "--log belongs to the --breakpoint"],
    [
      ["-b", "a.py:1", "--if", "x", "--if", "y"],
      "--if is given twice for a.py:1",
    ],
    [
      ["-b", "a.py"],
      'invalid argument "a.py" for "--breakpoint" flag: must be FILE:LINE',
    ],
    [["-b", "a.py:1", "--log", " "], 'invalid argument " " for "--log" flag'],
  ])("%j is refused", async (more, message) => {
    const { err, code } = await cli.run(words(...more));
    expect(err).toContain(message);
    expect(code).toBe(1);
    expect(cli.sidecar.calls).toEqual([]);
  });
});

test("labels of the session", async () => {
  const cli = new TestCli();
  await cli.run("debug shop --labels team=red,ticket=123 --wait=false");
  expect(cli.sidecar.created[0]?.metadata).toEqual({
    labels: { team: "red", ticket: "123" },
  });
  const { err } = await new TestCli().run("debug shop -l red");
  expect(err).toContain(
    'error: invalid argument "red" for "--labels" flag: must be KEY=VALUE',
  );
});
