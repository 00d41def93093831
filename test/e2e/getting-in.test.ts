import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { debugged, stopped, type Debugged } from "./support/debugged.js";
import type { Start, Suite } from "./support/python-servers.js";
import { docker } from "./support/run.js";
import { openStage, type Stage } from "./support/stage.js";

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => {
  await stage?.end();
});

/** A breakpoint must stop, give a prompt, and let the request go on. */
const mustStop = async (app: Debugged) => {
  const { answer, name } = await stopped(app, "/break");
  const terminal = stage.cli.tty("attach", `pause/${name}`);
  await terminal.sees("(Pdb) ");
  terminal.enter("p total * 6");
  await terminal.sees("\n42");
  terminal.enter("c");
  expect(await answer).toEqual({ total: 7 });
  expect(await terminal.ends()).toBe(0);
};

const SUITES: Suite[] = ["bookworm", "trixie"];
const WAITRESS = ["python3", "waitress_app.py"];

describe("Python that is started without its environment", () => {
  const starts: Start[] = [
    { how: "python3 -I", suite: "bookworm", command: line("-I") },
    { how: "python3 -E", suite: "trixie", command: line("-E") },
    {
      how: "env -i python3",
      suite: "trixie",
      command: ["env", "-i", ...WAITRESS],
    },
    {
      how: "the Python of a virtual environment, by a shell",
      suite: "bookworm",
      command: ["sh", "-c", "exec /opt/venv/bin/python -E waitress_app.py"],
    },
  ];

  test.concurrent.each(starts)("$how must load the kit by a file", (start) =>
    debugged(stage, start, async (app) => {
      expect(await app.debuggable()).toMatchObject({
        status: "True",
        reason: "KitLoaded",
      });
      await mustStop(app);
      // The original has nothing of it.
      const changed = await docker("diff", app.name);
      expect(changed).not.toContain("sidestep");
    }),
  );

  test.concurrent.each<Start>([
    {
      how: "python3 -S",
      suite: "bookworm",
      command: line("-S", "wsgi_app.py"),
    },
    {
      how: "python3 -I on a read-only root",
      suite: "trixie",
      args: ["--read-only"],
      command: line("-I"),
    },
  ])("$how must be rerouted all the same, and say what to do", (start) =>
    debugged(stage, start, async (app) => {
      expect(await app.debuggable()).toMatchObject({
        status: "False",
        reason: "KitNotLoaded",
        message: expect.stringContaining(
          "give the session a `command` without these",
        ) as string,
      });
      expect(await app.ask("/ok")).toEqual({ ok: true });
    }),
  );

  test("a command of the session without the flag must load it again", () =>
    debugged(
      stage,
      { suite: "trixie", args: ["--read-only"], command: line("-I") },
      mustStop,
      ["--", ...WAITRESS],
    ));
});

/** `python3 FLAG program`; -I takes the program's folder off the path. */
function line(flag: string, program = "waitress_app.py"): string[] {
  const code = `import sys; sys.path.insert(0, "/srv"); import runpy; runpy.run_path("${program}", run_name="__main__")`;
  return ["python3", flag, "-c", code];
}

describe("an app that customises Python's start", () => {
  test.concurrent.each(SUITES)(
    "(%s) with a sitecustomize of its own must have both",
    (suite) =>
      debugged(
        stage,
        { suite, args: ["-e", "PYTHONPATH=/srv/own"], command: WAITRESS },
        async (app) => {
          await mustStop(app);
          const log = await docker("logs", app.replica);
          expect(log).toContain("sitecustomize of the app");
        },
      ),
  );

  test.concurrent.each(SUITES)(
    "(%s) by a launcher that puts its own first must have both",
    (suite) =>
      debugged(
        stage,
        { suite, command: ["python3", "launch.py", ...WAITRESS] },
        async (app) => {
          await mustStop(app);
          const log = await docker("logs", app.replica);
          expect(log).toContain("sitecustomize of the launcher");
        },
      ),
  );
});

describe("an app that may do little", () => {
  test.concurrent.each(SUITES)(
    "(%s) must pause with a read-only root, no /dev/shm, and as nobody in particular",
    (suite) =>
      debugged(
        stage,
        {
          suite,
          args: ["--read-only", "--ipc=none", "--user=23456", "--cap-drop=ALL"],
          command: WAITRESS,
        },
        mustStop,
      ),
  );
});

describe("a server whose requests share one thread", () => {
  const gunicorn = (kind: string) =>
    `gunicorn -b :8000 -k ${kind} -t 3 wsgi_app`.split(" ");
  const starts: Start[] = SUITES.flatMap((suite) => [
    { how: "gevent", suite, command: gunicorn("gevent") },
    { how: "eventlet", suite, command: gunicorn("eventlet") },
  ]);
  const own: Start[] = [
    { how: "gevent", suite: "trixie", command: ["python3", "gevent_app.py"] },
    {
      how: "eventlet",
      suite: "bookworm",
      command: ["python3", "eventlet_app.py"],
    },
  ];

  test.concurrent.each([...starts, ...own])(
    "$how ($suite, $command.0) must pause and go on, and say that a pause holds all",
    (start) =>
      debugged(stage, start, async (app) => {
        expect(await app.debuggable()).toMatchObject({
          status: "True",
          reason: "AsyncWorker",
          message: expect.stringMatching(
            `${start.how}.* all requests in one thread: a pause holds all of them`,
          ) as string,
        });
        await mustStop(app);
        await mustStop(app);
        expect(await app.ask("/ok")).toEqual({ ok: true });
      }),
  );
});
