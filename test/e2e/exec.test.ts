import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "./support/poll.js";
import { docker, run } from "./support/run.js";
import { openStage, type App, type Stage } from "./support/stage.js";

let stage: Stage;
let app: App;
let session: string;
let replica: string;
beforeAll(async () => {
  stage = await openStage();
  app = await stage.web();
  session = await stage.debug(app.name, "--match", "header:x-debug=me");
  replica = `${app.name}-sidestep-${session}`;
});
afterAll(async () => {
  await stage.delete(session, app.name);
  await stage.end();
});

const inReplica = (command: string[], input?: string) =>
  stage.cli.any(
    ["exec", ...(input === undefined ? [] : ["-i"]), "--", ...command],
    input === undefined ? {} : { input },
  );
/** A shell on a terminal, at its prompt. */
const openShell = async (...of: string[]) => {
  const shell = stage.cli.tty("exec", "-it", ...of, "--", "sh");
  await shell.sees("$ ");
  return shell;
};
/** Processes of the replica whose command line has a text. */
const running = async (text: string) =>
  (await docker("top", replica, "-eo", "pid,args"))
    .split("\n")
    .filter((line) => line.includes(text)).length;

test.concurrent(
  "output, errors and the exit code must be the command's",
  async () => {
    const script = "echo out; echo err >&2; hostname; exit 7";
    const { code, stdout, stderr } = await inReplica(["sh", "-c", script]);
    const id = await docker("inspect", "-f", "{{.Config.Hostname}}", replica);
    expect(stdout).toBe(`out\n${id}\n`);
    expect(stderr).toBe("err\ncommand terminated with exit code 7\n");
    expect(code).toBe(7);
    expect(await inReplica(["true"])).toEqual({
      code: 0,
      stdout: "",
      stderr: "",
    });
    expect(await inReplica(["no-such-command"])).toEqual({
      code: 127,
      stdout: "",
      stderr: `error: cannot run "no-such-command" in the replica of session/${session}: executable file not found in $PATH\n`,
    });
  },
);

test.concurrent(
  "much input must come back whole, and its end be told",
  async () => {
    const input = "0123456789abcdef".repeat(512 * 1024); // 8 MiB
    const { code, stdout } = await inReplica(["cat"], input);
    expect(code).toBe(0);
    expect(stdout === input).toBe(true);
    const counted = await inReplica(["wc", "-c"], input);
    expect(counted.stdout.trim()).toBe(String(input.length));
  },
);

test.concurrent(
  "neither a program that reads late nor a reader that is slow must be taken for gone",
  async () => {
    // Longer than three pings that nobody answers, and more than is on its way.
    const [seconds, bytes] = [40, 32 * 1024 * 1024];
    const late = inReplica(
      ["sh", "-c", `sleep ${seconds}; wc -c`],
      "x".repeat(bytes),
    );
    const head = `exec session/${session} -- head -c ${bytes} /dev/zero`;
    const slow = run(
      "bash",
      ["-c", `node bin/sidestep.js ${head} | (sleep ${seconds}; wc -c)`],
      { env: { SIDESTEP_SIDECAR: stage.sidecar.name } },
    );
    const { code, stdout, stderr } = await late;
    expect({ code, stdout: stdout.trim(), stderr }).toEqual({
      code: 0,
      stdout: String(bytes),
      stderr: "",
    });
    expect(await slow).toBe(String(bytes));
  },
);

test.concurrent(
  "a Python that is run by hand must be no part of the app",
  async () => {
    const script = "import sys; breakpoint(); print('on')";
    const { stdout } = await inReplica(["python3", "-c", script], "c\n");
    // Its own pdb, on its own input: nothing is paused for sidestep.
    expect(stdout).toContain("(Pdb)");
    expect(stdout).toContain("on");
  },
);

test.concurrent(
  "-it must be a terminal of the user's size, and follow it",
  async () => {
    const shell = await openShell(`session/${session}`);
    shell.enter("stty size; echo $TERM; tty && echo a'-'tty");
    await shell.sees("30 100");
    await shell.sees("xterm-256color");
    await shell.sees("a-tty");
    shell.resize(90, 20);
    await until("the size is followed", async () => {
      shell.enter("stty size");
      await shell.sees("20 90", 1);
      return true;
    });
    shell.enter("sleep 1000");
    await until("it sleeps", async () => (await running("sleep 1000")) === 1);
    shell.type("\x03");
    shell.enter("echo ha'l't");
    await shell.sees("halt");
    shell.enter("exit 5");
    await shell.sees("command terminated with exit code 5");
    expect(await shell.ends()).toBe(5);
  },
);

test.concurrent(
  "a command whose client is gone must end, and nothing be left",
  async () => {
    const shell = await openShell();
    shell.enter("sleep 2000 & sleep 2001");
    await until("both sleep", async () => (await running("sleep 200")) === 2);
    shell.kill("SIGKILL");
    await until(
      "both have ended",
      async () => (await running("sleep 200")) === 0,
    );
    const deaf = stage.cli.tty(
      "exec",
      "--",
      "sh",
      "-c",
      "trap '' HUP; sleep 3000",
    );
    await until("it sleeps", async () => (await running("sleep 3000")) > 0);
    deaf.kill("SIGTERM");
    expect(await deaf.ends()).toBe(143);
    await until(
      "it has ended",
      async () => (await running("sleep 3000")) === 0,
    );
    await until(
      "the toolbox is gone",
      async () => !(await docker("ps", "-a")).includes(`${replica}-toolbox`),
      30,
    );
  },
);

test.concurrent(
  "detach keys must leave, and the terminal be as before",
  async () => {
    const shell = await openShell();
    shell.type("\x10\x11");
    expect(await shell.ends()).toBe(0);
  },
);
