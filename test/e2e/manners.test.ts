import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { cliFor } from "./support/cli.js";
import { ALICE } from "./support/debugged.js";
import { relayEngine } from "./support/elsewhere.js";
import { get } from "./support/http.js";
import { until } from "./support/poll.js";
import { Console } from "./support/pty.js";
import { docker } from "./support/run.js";
import { pausingShop, type Paused } from "./support/shop.js";
import { openStage, type Stage } from "./support/stage.js";

// How the command behaves as a guest on somebody's terminal.
const DETACH = "\x10\x11"; // ctrl-p, ctrl-q

let stage: Stage;
let app: Paused;
beforeAll(async () => {
  stage = await openStage();
  app = await pausingShop(stage, {});
});
afterAll(async () => {
  await stage?.end();
});
afterEach(async () => {
  const left = await stage.cli.any(["get", "pauses", "-o", "name"]);
  for (const name of left.stdout.split("\n").filter(Boolean)) {
    await stage.cli.any(["continue", name]);
  }
});

/** `sidestep` on a terminal that tells, at its end, whether it is as it was. */
function guest(...args: string[]): Console {
  const script =
    'was=$(stty -g); "$@"; code=$?; now=$(stty -g); [ "$was" = "$now" ] && echo "as before, code $code" || echo "changed, code $code"';
  return new Console(
    "bash",
    ["-c", script, "bash", "node", "bin/sidestep.js", ...args],
    { SIDESTEP_SIDECAR: stage.sidecar.name },
  );
}

/** The numbers of all pauses so far: each has the next one. */
const lastNumber = async () => Number((await names())[0]?.split("-").at(-1));
const names = async () =>
  (await app.pauses()).map(({ metadata }) => metadata.name);

describe("a pause that somebody is attached to", () => {
  test("must have its prompt back after a SIGKILL of the sidecar and a start, under its name", async () => {
    // Not the first one: a sidecar that counts anew would call it otherwise.
    const first = app.ask("/order");
    await app.pauses();
    const number = await lastNumber();
    await stage.cli.ok("continue");
    await first;
    const answer = app.ask("/order");
    const terminal = guest("attach", `session/${app.session}`);
    await terminal.sees("(Pdb) ");
    terminal.enter("p order.total");
    await terminal.sees("\n21");
    await docker("kill", "-s", "KILL", stage.sidecar.name);
    await terminal.sees("connection lost, reconnecting…");
    await docker("start", stage.sidecar.name);
    await terminal.sees("(Pdb) ", 30);
    expect(await names()).toEqual([`${app.session}-${number + 1}`]);
    terminal.enter("p 'typed', order.number + 1");
    await terminal.sees("\n('typed', 8)");
    terminal.enter("c");
    expect((await answer).body).toBe("total 21\n");
    await terminal.sees("as before, code 0");
    // The next one has the next number.
    const next = app.ask("/order");
    await app.pauses();
    expect(await lastNumber()).toBe(number + 2);
    await stage.cli.ok("continue");
    await next;
  });

  test("must be left by ^C while the sidecar is away", async () => {
    const answer = app.ask("/order");
    await app.pauses();
    const terminal = guest("attach", `session/${app.session}`);
    await terminal.sees("(Pdb) ");
    await docker("kill", "-s", "KILL", stage.sidecar.name);
    try {
      await terminal.sees("connection lost, reconnecting…");
      terminal.type("\x03");
      await terminal.sees("detached; the thread stays paused");
      await terminal.sees("as before, code 0");
    } finally {
      await docker("start", stage.sidecar.name);
    }
    await until("the pause is found again", names, 60);
    await stage.cli.ok("continue");
    expect((await answer).body).toBe("total 21\n");
  });

  test("must be as it stands after its connection was cut, with nothing typed twice", async () => {
    const relay = await relayEngine();
    const answer = app.ask("/order");
    await app.pauses();
    const far = cliFor(stage.sidecar.name, {
      DOCKER_HOST: `tcp://127.0.0.1:${relay.port}`,
      SIDESTEP_TRANSPORT: "exec",
    }).tty("attach", `session/${app.session}`);
    try {
      await far.sees("(Pdb) ");
      far.enter("p order.total * 1000");
      await far.sees("\n21000");
      await far.sees("(Pdb) ");
      far.type("p 'half'");
      await far.sees("'half'");
      relay.cut();
      await far.sees("connection lost, reconnecting…");
      // The screen is drawn again, with what was being typed.
      await far.sees("21000");
      // A terminal's modes may be anywhere in what is drawn.
      await far.sees(/\(Pdb\) (\x1b\[\?2004h)?p 'half'/);
      far.enter(" + ' whole'");
      await far.sees("\n'half whole'");
      far.enter("c");
      expect((await answer).body).toBe("total 21\n");
      expect(await far.ends()).toBe(0);
    } finally {
      relay.end();
    }
  });

  test.each(["SIGTERM", "SIGHUP"])(
    "%s must leave it, the terminal as it was",
    async (signal) => {
      const answer = app.ask("/order");
      await app.pauses();
      const terminal = guest("attach", `session/${app.session}`);
      await terminal.sees("\x1b[?2004h");
      process.kill(await terminal.child(), signal);
      await terminal.sees("\x1b[?2004l");
      await terminal.sees("detached; the thread stays paused");
      await terminal.sees(
        `as before, code ${signal === "SIGTERM" ? 143 : 129}`,
      );
      await stage.cli.ok("continue");
      await answer;
    },
  );

  test("must have the size of the window, and what is typed in any pieces", async () => {
    const answer = app.ask("/order");
    const terminal = await app.attach();
    const size = "os.get_terminal_size(sys.stdin.fileno())";
    terminal.enter(`import os, sys; ${size}`);
    await terminal.sees("columns=100, lines=30");
    terminal.resize(71, 22);
    await until("it is told", async () => {
      terminal.enter(size);
      await terminal.sees("columns=71, lines=22", 1);
      return true;
    });
    terminal.type("p 'gr");
    for (const byte of Buffer.from("ößer 😀")) {
      terminal.type(Buffer.from([byte]));
      await until("it is read", () => true);
    }
    terminal.enter("', order.total");
    await terminal.sees("\n('größer 😀', 21)");
    terminal.type("\x10");
    await until("it is read", () => true);
    terminal.type("\x11");
    await terminal.sees("detached; the thread stays paused");
    expect(await terminal.ends()).toBe(0);
    await stage.cli.ok("continue");
    await answer;
  });

  test("must be left by other keys, where they are asked for", async () => {
    const answer = app.ask("/order");
    const [pause = ""] = await names();
    const terminal = guest("attach", pause, "--detach-keys", "ctrl-],q");
    await terminal.sees("(Pdb) ");
    terminal.type("p '\x10\x11', 'kept'"); // Those of always are typed.
    await terminal.sees("'kept'");
    terminal.type("\x1d");
    terminal.type("q");
    await terminal.sees("detached; the thread stays paused");
    await terminal.sees("as before, code 0");
    await stage.cli.ok("continue");
    await answer;
  });

  test("must take a paste whole: of several lines, and of 100 KB", async () => {
    const answer = app.ask("/order");
    const terminal = await app.attach();
    const paste = (text: string) =>
      terminal.type(`\x1b[200~${text.replaceAll("\n", "\r")}\x1b[201~`);
    paste(
      "found = []\nfor number in range(3):\n\tif number:\n\t\tfound.append(number)\n\np 'so', found\n",
    );
    await terminal.sees("\n('so', [1, 2])");
    terminal.enter(`p 'long', len('${"öx".repeat(33_000)}')`);
    await terminal.sees("\n('long', 66000)", 60);
    const lines = Array.from(
      { length: 1500 },
      (_, at) => `count = ${at} + len('${"x".repeat(50)}')\n`,
    );
    paste(`${lines.join("")}p 'all', count\n`);
    await terminal.sees("\n('all', 1549)", 60);
    terminal.enter("c");
    expect((await answer).body).toBe("total 21\n");
    expect(await terminal.ends()).toBe(0);
  }, 180_000);
});

describe("waiting for a pause", () => {
  test("must say for what, and end with 130 at ^C, the terminal as it was", async () => {
    const terminal = guest("attach");
    await terminal.sees(
      `waiting for a pause in session/${app.session}; send a request that matches, such as: curl -H 'x-debug: alice' http://YOUR-APP/`,
    );
    terminal.type("\x03");
    await terminal.sees("as before, code 130");
  });

  test("must outlive a SIGKILL of the sidecar", async () => {
    const terminal = guest("attach");
    await terminal.sees("waiting for a pause");
    await docker("kill", "-s", "KILL", stage.sidecar.name);
    await docker("start", stage.sidecar.name);
    await until("it is back", () => stage.cli.ok("get", "sessions"), 60);
    const answer = until("it pauses", async () => {
      const { body } = await app.ask("/order");
      return body === "total 21\n";
    });
    await terminal.sees("(Pdb) ", 30);
    terminal.enter("c");
    await answer;
    await terminal.sees("as before, code 0");
  });
});

describe("debug --attach --rm", () => {
  test.each([
    ["^C while it waits", "\x03", 130],
    ["detaching", DETACH, 0],
  ])(
    "must tell its steps, and at %s put everything back and say so",
    async (_what, keys, code) => {
      const args = ["--match", "header:x-debug=bob", "--attach", "--rm"];
      const terminal = guest("debug", app.name, "--name", "bob", ...args);
      await terminal.sees("s  target found: ");
      await terminal.sees("s  replica is running: ");
      await terminal.sees("s  app is up: ");
      await terminal.sees("s  requests are rerouted: ");
      await terminal.sees("s  route is proven: ");
      await terminal.sees("waiting for a pause; Ctrl-C ends");
      const answer = get(`${app.url}/order`, { "x-debug": "bob" });
      await terminal.sees(/pause\/bob-\d+ at fixture\/shop.py/);
      await terminal.sees("(Pdb) ");
      if (keys === "\x03") {
        terminal.enter("c");
        await answer;
        await terminal.sees("waiting for a pause; Ctrl-C ends");
      }
      terminal.type(keys);
      await terminal.sees("deleting session/bob");
      await terminal.sees("everything is back: requests go to the original");
      await terminal.sees(`as before, code ${code}`);
      expect((await answer).status).toBe(200);
      expect(await stage.cli.ok("get", "sessions", "-o", "name")).toBe(
        `session/${app.session}`,
      );
    },
  );
});

test("`docker restart` of the sidecar must end a pause that somebody is attached to, and say so", async () => {
  const answer = get(`${app.url}/order`, ALICE);
  await app.pauses();
  const terminal = guest("attach", `session/${app.session}`);
  await terminal.sees("(Pdb) ");
  await docker("restart", "-t", "30", stage.sidecar.name);
  await terminal.sees("(the thread went on)");
  await terminal.sees("as before, code 0");
  expect((await answer).body).toBe("total 21\n");
});
