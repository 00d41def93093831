import { expect, test } from "vitest";
import { aRow, aSidecar, ofSidecar } from "../testing/fake-engine.js";
import { TestCli } from "../testing/run-cli.js";

/** Without the seconds. */
const steps = (err: string) =>
  err
    .split("\n")
    .filter((line) => /^ +[\d.]+s {2}/.test(line))
    .map((line) => line.replace(/^ +[\d.]+s {2}/, ""));

const names = (cli: TestCli) => cli.engine.rows.map(({ name }) => name);

/** A sidecar that was killed, what it made, and an app. */
function killed(): TestCli {
  const cli = new TestCli();
  const replica = ofSidecar("s", "replica", "app-sidestep-a");
  replica.labels["sidestep.session"] = "a";
  replica.labels["sidestep.target"] = "id of app";
  // Of a version that has other fields.
  replica.labels["sidestep.spec"] = '{"original":"pause","unheardOf":{"a":1}}';
  const interceptor = ofSidecar("s", "interceptor", "app-sidestep-port-8000");
  interceptor.labels["sidestep.target"] = "id of app";
  cli.engine.rows = [
    aSidecar("s", { state: "exited", status: "Exited (137) 1 minute ago" }),
    replica,
    { ...interceptor, state: "exited" },
    ofSidecar("s", "of-tomorrow", "s-of-tomorrow"),
    aRow("app", { state: "paused" }),
  ];
  cli.engine.volumeNames = ["s"];
  cli.engine.modes["app-sidestep-port-8000"] = "container:id of app";
  cli.engine.said = {
    check: ['{"takeover":null,"closing":"yes"}'],
    cleanup: ["removed sidestep_8000"],
  };
  return cli;
}

test("doctor tells what a dead sidecar has left, and how to be rid of it", async () => {
  const cli = killed();
  const { out, code } = await cli.run("doctor");
  expect(out).toContain("failure  sidecar/s: it is not running: Exited (137)");
  expect(out).toContain(
    "warning  leftovers: of a sidecar that is dead or gone: s, app-sidestep-a, app-sidestep-port-8000, s-of-tomorrow, volume s\n" +
      "         fix: sidestep doctor --fix\n",
  );
  expect(code).toBe(1);
  expect(names(cli)).toHaveLength(5);
});

test("doctor --fix takes all of it away, saying each; a second time there is nothing", async () => {
  const cli = killed();
  const { out, err, code } = await cli.run("doctor --fix");
  expect(steps(err)).toEqual([
    "sidecar s removed",
    "container app thawed",
    "rules sidestep_8000 in app removed",
    "interceptor app-sidestep-port-8000 removed",
    "replica app-sidestep-a removed (session/a)",
    "of-tomorrow s-of-tomorrow removed",
    "volume s removed",
  ]);
  expect(out).toContain("ok       leftovers: none\n");
  expect(out).toContain("warning  sidecar: none is running here\n");
  expect(code).toBe(0);
  expect(names(cli)).toEqual(["app"]);
  expect(cli.engine.calls).toContain("unpause app");
  expect(cli.engine.volumeNames).toEqual([]);

  const again = await cli.run("doctor --fix");
  expect(steps(again.err)).toEqual([]);
  expect(again.code).toBe(0);
});

test.each(["running", "paused", "restarting", "created"])(
  "doctor --fix leaves alone what a sidecar that is %s has made",
  async (state) => {
    const cli = new TestCli();
    cli.engine.rows = [
      aSidecar("s", { state }),
      ofSidecar("s", "replica", "app-sidestep-a"),
      ofSidecar("s", "guard", "s-guard"),
      ofSidecar("gone", "guard", "gone-guard"),
    ];
    cli.engine.volumeNames = ["s"];
    const { err } = await cli.run("doctor --fix");
    expect(steps(err)).toEqual([
      "guard gone-guard removed",
      // Whose name was never one of a volume.
      "volume gone removed",
      `2 containers of sidecar/s stay: it is ${state}`,
    ]);
    expect(names(cli)).toEqual(["s", "app-sidestep-a", "s-guard"]);
    expect(cli.engine.volumeNames).toEqual(["s"]);
  },
);

test("doctor --fix leaves alone a sidecar that was stopped in order, and what a later one took over", async () => {
  const cli = new TestCli();
  const stopped = aSidecar("s", { state: "exited" });
  // Its guard still waits whether it is removed.
  cli.engine.rows = [stopped, ofSidecar("s", "guard", "s-guard")];
  expect(steps((await cli.run("doctor --fix")).err)).toEqual([
    "1 container of sidecar/s stay: it is exited",
  ]);
  expect(names(cli)).toEqual(["s", "s-guard"]);

  const { mounts } = stopped;
  cli.engine.rows = [
    stopped,
    aSidecar("later", { mounts }),
    ofSidecar("s", "replica", "app-sidestep-a"),
  ];
  await cli.run("doctor --fix");
  expect(names(cli)).toEqual(["s", "later", "app-sidestep-a"]);
});

test("doctor --fix removes rules that no interceptor is there for any more", async () => {
  const cli = new TestCli();
  cli.engine.rows = [aRow("app")];
  const look = (tables: number[]) =>
    JSON.stringify({ tables, live: [], listening: [8000], established: {} });
  cli.engine.said = {
    check: ['{"takeover":null,"closing":"yes"}'],
    look: [look([8000])],
    cleanup: ["removed sidestep_8000"],
  };
  expect((await cli.run("doctor")).out).toContain(
    "warning  target/app: an interceptor that was killed left rules",
  );
  cli.engine.after = (call) => {
    if (call.includes("-rules-")) cli.engine.said["look"] = [look([])];
  };
  const { out, err } = await cli.run("doctor --fix");
  expect(steps(err)).toEqual(["rules sidestep_8000 in app removed"]);
  expect(out).not.toContain("left rules");
});
