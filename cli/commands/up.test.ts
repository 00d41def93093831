import { expect, test } from "vitest";
import { EngineError } from "../../docker/engine/engine.js";
import { serverRefused } from "../server-errors.js";
import { aRow, aSidecar, ofSidecar } from "../testing/fake-engine.js";
import { TestCli } from "../testing/run-cli.js";

test("up creates a sidecar, waits for its API, and says what to do next", async () => {
  const cli = new TestCli();
  const { out, err, code } = await cli.run(
    "up --project demo --port 7007 --user 1000:998",
  );
  expect({ out, code }).toEqual({
    out: "sidecar/demo-sidestep created\n",
    code: 0,
  });
  expect(err).toContain("its API answers: sidestep 0.1.0, Engine 26.1.5\n");
  expect(err).toContain("then: sidestep debug TARGET\n");
  expect(cli.connected).toEqual(["demo-sidestep"]);
  const [spec] = cli.engine.created;
  expect(spec?.body).toMatchObject({
    Image: "sidestep-sidecar",
    User: "1000:998",
    Labels: { "sidestep.role": "sidecar", "sidestep.project": "demo" },
    HostConfig: {
      Binds: ["/var/run/docker.sock:/var/run/docker.sock"],
      PortBindings: {
        "7007/tcp": [{ HostIp: "127.0.0.1", HostPort: "7007" }],
      },
    },
  });
});

test("up again changes nothing; one of another project does not count", async () => {
  const cli = new TestCli();
  cli.engine.rows = [aSidecar("a", { labels: { "sidestep.project": "a" } })];
  expect(await cli.run("up --project a")).toEqual({
    out: "sidecar/a unchanged\n",
    err: "it is up already: up 2 minutes\n",
    code: 0,
  });
  const { out, err } = await cli.run("up --project b");
  expect(out).toBe("sidecar/b-sidestep created\n");
  expect(err).toContain("choose with --sidecar b-sidestep");
});

test("up without the image says how to get it", async () => {
  const cli = new TestCli();
  cli.engine.images = [];
  const { err, code } = await cli.run("up");
  expect(err).toBe(
    'error: the Docker Engine has no image "sidestep-sidecar"\n' +
      "build it once, in a checkout of sidestep: docker compose --profile debug build sidestep\n",
  );
  expect(code).toBe(1);
  expect(cli.engine.created).toEqual([]);
});

test("up gives up after its time", async () => {
  const cli = new TestCli();
  cli.notFound = serverRefused("127.0.0.1:7007", undefined);
  const { err, code } = await cli.run("up --timeout 2s");
  expect(err).toContain(
    'error: the sidecar "sidestep" does not answer after 2s\nsee why: docker logs sidestep\n',
  );
  expect(code).toBe(1);
});

test.each([
  ["--project Ab/c", "--project"],
  ["--port 70000", "--port"],
  ["--socket docker.sock", "--socket"],
  ["--user me", "--user"],
])("up %s is refused", async (flags, flag) => {
  const { err, code } = await new TestCli().run(`up ${flags}`);
  expect(err).toMatch(new RegExp(`^error: invalid argument .* for "${flag}"`));
  expect(code).toBe(1);
});

test("an Engine that does not answer is told by up, down and doctor", async () => {
  for (const verb of ["up", "down", "doctor"]) {
    const cli = new TestCli();
    const cause = { code: "ECONNREFUSED", address: "/x/docker.sock" };
    cli.engine.failure = new EngineError("list", 0, "refused", { cause });
    const { out, err, code } = await cli.run(verb);
    expect(out + err).toContain(
      "The connection to the Docker Engine at /x/docker.sock was refused - is it running?\n",
    );
    expect(code).toBe(1);
  }
});

test("down waits for the guard, and says what is back", async () => {
  const cli = new TestCli();
  const { engine } = cli;
  const replica = ofSidecar("s", "replica", "app-sidestep-alice");
  replica.labels["sidestep.session"] = "alice";
  engine.rows = [aSidecar("s"), replica, ofSidecar("s", "guard", "s-guard")];
  engine.volumeNames = ["s"];
  engine.after = (call) => {
    if (call === "stop s") {
      engine.rows = engine.rows.filter((row) => row !== replica);
    }
  };
  // The guard ends some time after the sidecar is removed.
  cli.steps = Array.from({ length: 5 }, () => () => {
    if (engine.calls.includes("remove s")) {
      engine.rows = engine.rows.filter((row) => row.name !== "s-guard");
    }
  });
  const { out, err, code } = await cli.run("down");
  expect({ out, code }).toEqual({ out: "sidecar/s deleted\n", code: 0 });
  expect(err.replaceAll(/ +[\d.]+s {2}/g, "")).toBe(
    "session/alice is put back\nsidecar s has ended\ncontainer s removed\n" +
      "its guard has looked that nothing is left, and ended\nvolume s removed\n",
  );
});

test("down is no error where nothing is; what is left is told, and forced away", async () => {
  const cli = new TestCli();
  expect(await cli.run("down")).toEqual({
    out: "",
    err: "no sidecar is here: there is nothing to take down\n",
    code: 0,
  });
  cli.engine.rows = [
    ofSidecar("gone", "replica", "app-sidestep-a"),
    aRow("app"),
  ];
  cli.engine.volumeNames = ["gone"];
  expect((await cli.run("down")).err).toContain(
    "left by a sidecar that is gone: app-sidestep-a, volume gone\n",
  );
  expect(cli.engine.rows).toHaveLength(2);
  const { err } = await cli.run("down --force");
  expect(err).toContain("replica app-sidestep-a removed\n");
  expect(err).toContain("volume gone removed\n");
  expect(cli.engine.rows.map(({ name }) => name)).toEqual(["app"]);
});

test("down asks which, where there are several", async () => {
  const cli = new TestCli();
  cli.engine.rows = [aSidecar("a"), aSidecar("b")];
  expect((await cli.run("down")).err).toBe(
    "error: several sidecars are running here: a, b\nchoose one with --sidecar NAME or SIDESTEP_SIDECAR=NAME\n",
  );
  expect((await cli.run("down --sidecar b")).out).toBe("sidecar/b deleted\n");
  cli.engine.rows.push(aSidecar("c"));
  expect((await cli.run("down --all")).out).toBe(
    "sidecar/a deleted\nsidecar/c deleted\n",
  );
  expect((await cli.run("down --all --sidecar x")).code).toBe(1);
});
