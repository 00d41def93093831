import { beforeEach, expect, test } from "vitest";
import { aSession } from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  cli.sidecar.sessionList = [aSession("shop")];
});

test("both outputs stay apart, and the exit code is passed on", async () => {
  cli.sidecar.onStream = (stream) => {
    stream.writes("stdout", "result\n");
    stream.writes("stderr", "complaint\n");
    stream.exits(3);
  };
  expect(await cli.run("exec session/shop -- sh -c x")).toEqual({
    out: "result\n",
    err: "complaint\ncommand terminated with exit code 3\n",
    code: 3,
  });
  expect(cli.sidecar.calls).toContain("exec shop: sh -c x");
  expect(cli.sidecar.streams[0]?.command).toEqual({
    command: ["sh", "-c", "x"],
    stdin: false,
  });
});

test("a command that there is not is said, with the exit code of shells", async () => {
  cli.sidecar.onStream = (stream) =>
    stream.exits(127, "executable file not found in $PATH");
  expect(await cli.run("exec session/shop -- nope")).toEqual({
    out: "",
    err: 'error: cannot run "nope" in the replica of session/shop: executable file not found in $PATH\n',
    code: 127,
  });
});

test("flags after -- are the command's; without a name it is the only session", async () => {
  cli.sidecar.onStream = (stream) => stream.exits(0);
  expect(await cli.run("exec -- ls -i -t --help")).toEqual({
    out: "",
    err: "",
    code: 0,
  });
  expect(cli.sidecar.calls).toContain("exec shop: ls -i -t --help");
});

test("-i passes the input on, and its end", async () => {
  cli.sidecar.onStream = (stream) => {
    stream.onInputEnd = () => {
      stream.writes("stdout", stream.received.toUpperCase());
      stream.exits(0);
    };
  };
  cli.streams.in.end("abc\n");
  expect((await cli.run("exec -i shop -- tr a-z A-Z")).out).toBe("ABC\n");
});

test("-t without a terminal is said, and done without", async () => {
  cli.sidecar.onStream = (stream) => stream.exits(0);
  const { err, code } = await cli.run("exec -it shop -- sh");
  expect(err).toBe(
    "Unable to use a TTY - input is not a terminal or the right kind of file\n",
  );
  expect(code).toBe(0);
  expect(cli.sidecar.streams[0]?.command?.tty).toBeUndefined();
});

test("a signal leaves, and the connection is closed", async () => {
  cli.sidecar.onStream = () => cli.signal("SIGTERM");
  const { code } = await cli.run("exec shop -- sleep 100");
  expect(code).toBe(143);
  expect(cli.sidecar.streams[0]?.closed).toBe(true);
});

test("a connection that breaks is no exit code", async () => {
  cli.sidecar.onStream = (stream) => stream.breaks();
  const { err, code } = await cli.run("exec shop -- sleep 100");
  expect(err).toContain("error: lost the connection to the command");
  expect(code).toBe(1);
});

test.each([
  [
    "exec shop sh",
    "error: exec [SESSION] [COMMAND] is not supported. Use exec [SESSION] -- [COMMAND] instead",
  ],
  [
    "exec session/shop",
    "error: you must specify at least one command for the replica",
  ],
  ["exec pause/x -- sh", "error: sidestep exec takes sessions, not pauses"],
  [
    "exec nobody -- sh",
    'Error from server (NotFound): sessions "nobody" not found',
  ],
])("%s", async (line, message) => {
  const { err, code } = await cli.run(line);
  expect(err.split("\n")[0]).toBe(message);
  expect(code).toBe(1);
});
