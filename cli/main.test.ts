import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeServer } from "./testing/fake-server.js";
import { aPause, aSession } from "./testing/objects.js";
import { PtyCli, processGone } from "../test/support/pty-cli.js";
import { waitFor } from "./testing/wait-for.js";

const SCRIPT = fileURLToPath(
  new URL("testing/pinned-main.ts", import.meta.url),
);

let server: FakeServer;
beforeEach(async () => {
  server = new FakeServer();
  await server.start();
});
afterEach(() => server.stop());

function environment() {
  return {
    ...process.env,
    TEST_SIDECAR_URL: server.url,
    TEST_SIDECAR_TOKEN: server.token,
  };
}

/** Runs a shell line, with `$SIDESTEP` for the command. */
async function shell(line: string) {
  const child = spawn("bash", ["-c", line], {
    env: {
      ...environment(),
      SIDESTEP: `${process.execPath} --import tsx ${SCRIPT}`,
    },
  });
  let out = "";
  let err = "";
  child.stdout.on("data", (bytes) => (out += String(bytes)));
  child.stderr.on("data", (bytes) => (err += String(bytes)));
  const code = await new Promise((resolve) => child.on("close", resolve));
  return { out, err, code };
}

test("results go to stdout, the rest to stderr, and the exit code tells", async () => {
  server.sidecar.sessionList = [aSession()];
  expect(await shell("$SIDESTEP get sessions -o name")).toEqual({
    out: "session/shop\n",
    err: "",
    code: 0,
  });
  expect(await shell("$SIDESTEP get session x -o name")).toEqual({
    out: "",
    err: 'Error from server (NotFound): sessions "x" not found\n',
    code: 1,
  });
});

test("a reader that goes away ends the command without a word", async () => {
  server.sidecar.sessionList = Array.from({ length: 20_000 }, (_, i) =>
    aSession(`shop-${i}`),
  );
  const { out, err } = await shell("$SIDESTEP get sessions -o name | head -1");
  expect({ out, err }).toEqual({ out: "session/shop-0\n", err: "" });
});

test("much output is whole when it goes through a pipe", async () => {
  server.sidecar.sessionList = Array.from({ length: 20_000 }, (_, i) =>
    aSession(`shop-${i}`),
  );
  const { out } = await shell("$SIDESTEP get sessions -o name | cat");
  expect(out.split("\n")).toHaveLength(20_001);
});

test("without a build, the command says what to do", () => {
  const bin = fileURLToPath(new URL("../bin/sidestep.js", import.meta.url));
  // A copy far from any build, as in a fresh clone.
  const { stderr, status } = spawnSync(
    "bash",
    [
      "-c",
      'd=$(mktemp -d); mkdir "$d/bin"; echo \'{"type":"module"}\' >"$d/package.json"; cp "$(dirname "$1")"/* "$d/bin"; node "$d/bin/sidestep.js"; c=$?; rm -r "$d"; exit $c',
      "-",
      bin,
    ],
    { encoding: "utf8" },
  );
  expect(stderr).toContain("run npm run build");
  expect(status).toBe(1);
});

async function debug(): Promise<PtyCli> {
  const cli = new PtyCli(server, "debug shop --attach --rm");
  await cli.shows("waiting for a pause");
  return cli;
}

/** The sidecar as it takes a session back: gone shortly after it was told. */
async function deleted(): Promise<void> {
  await waitFor(
    () => server.sidecar.calls.includes("delete shop"),
    () => "the session was not deleted",
  );
  server.sidecar.sessionList = [];
}

test("debug --attach --rm: Ctrl-C at the keyboard puts everything back", async () => {
  const cli = await debug();
  cli.pty.write("\x03");
  await deleted();
  expect(await cli.ended()).toEqual({ code: 130, restored: true });
  expect(cli.screen).toContain("everything is back");
});

test("debug --attach --rm: so does the window closing, while attached too", async () => {
  for (const paused of [false, true]) {
    server.sidecar.calls = [];
    const cli = await debug();
    const pid = await cli.pid();
    if (paused) {
      server.sidecar.pauseList = [aPause("p1")];
      await cli.shows("(Pdb)");
    }
    cli.pty.kill("SIGHUP");
    await deleted();
    await processGone(pid);
  }
});

test("debug --attach --rm: Ctrl-C during a pause is the remote side's", async () => {
  const cli = await debug();
  server.sidecar.pauseList = [aPause("p1")];
  await cli.shows("(Pdb)");
  cli.pty.write("\x03");
  const [remote] = server.terminals;
  await waitFor(
    () => remote?.binary.some((bytes) => bytes.includes(3)) ?? false,
    () => "^C did not arrive",
  );
  expect(server.sidecar.calls).not.toContain("delete shop");
  server.sidecar.pauseList = [];
  remote?.socket.send(JSON.stringify({ type: "exit", message: "it went on" }));
  remote?.socket.close(1000);
  await cli.shows("(it went on)");
  cli.pty.write("\x03");
  await deleted();
  expect(await cli.ended()).toEqual({ code: 130, restored: true });
});
