import http from "node:http";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { ALICE } from "./support/debugged.js";
import { get, servedBy } from "./support/http.js";
import { until } from "./support/poll.js";
import { Console } from "./support/pty.js";
import { docker } from "./support/run.js";
import { pausingShop, type Paused, type Shop } from "./support/shop.js";
import { openStage, type Stage } from "./support/stage.js";

// What a person does at the prompts of a paused app, and what goes wrong there.
const DETACH = "\x10\x11"; // ctrl-p, ctrl-q

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => {
  await stage?.end();
});
const debugged = (app: Shop, ...flags: string[]): Promise<Paused> =>
  pausingShop(stage, app, ...flags);

// A pause that a failed test left behind would hold up all that follow.
afterEach(async () => {
  const left = await stage.cli.any(["get", "pauses", "-o", "name"]);
  for (const name of left.stdout.split("\n").filter(Boolean)) {
    await stage.cli.any(["continue", name]);
  }
});

/** `sidestep` on a terminal that is told so by its environment. */
const ttyWith = (env: Record<string, string>, ...args: string[]) =>
  // By `env`, since a PTY that is opened says itself what TERM is.
  new Console(
    "env",
    [
      ...Object.entries(env).map(([name, value]) => `${name}=${value}`),
      "node",
      "bin/sidestep.js",
      ...args,
    ],
    { SIDESTEP_SIDECAR: stage.sidecar.name },
  );

describe("the prompt", () => {
  let app: Paused;
  beforeAll(async () => {
    app = await debugged({});
  });
  afterAll(async () => {
    await app?.end();
  });

  test("source must be in colours, but for who does not want them", async () => {
    const answer = app.ask("/order");
    const terminal = await app.attach();
    terminal.enter("longlist");
    await terminal.sees("\x1b[34mdef \x1b[0m\x1b[1morder\x1b[0m");
    await terminal.sees('\x1b[32m"""Pauses once."""\x1b[0m');
    terminal.enter("where");
    await terminal.sees("-> \x1b[34mreturn\x1b[0m");
    terminal.type(DETACH);
    await terminal.ends();

    const session = `session/${app.session}`;
    const colourless: Record<string, string>[] = [
      { NO_COLOR: "1" },
      { TERM: "dumb" },
    ];
    for (const env of colourless) {
      const plain = ttyWith(env, "attach", session);
      // Of what was on the screen, and of what comes.
      await plain.sees("def order(");
      plain.enter("p 'pl' + 'ain'");
      await plain.sees("'plain'");
      plain.enter("longlist");
      await plain.sees("return ");
      await plain.sees("(Pdb) ");
      plain.type(DETACH);
      await plain.ends();
      expect(plain.output).not.toMatch(/\x1b\[[\d;]*m/);
    }
    const piped = await stage.cli.any(["attach", session], {
      input: "longlist\nc\n",
    });
    expect(piped.stderr + piped.stdout).toContain('"""Pauses once."""');
    expect(piped.stdout).not.toMatch(/\x1b\[[\d;]*m/);
    expect((await answer).body).toBe("total 21\n");
  });

  test("names and attributes must be completed, frames walked, `interact` work", async () => {
    const answer = app.ask("/order");
    const terminal = await app.attach();
    terminal.type("p order.to\t");
    await terminal.sees("order.total");
    terminal.enter("");
    await terminal.sees("\n21");
    terminal.type("p order.t\t");
    await terminal.sees(/tax +total/);
    terminal.type("\x15");
    terminal.enter("up");
    await terminal.sees("application()");
    terminal.enter("p sorted(k for k in environ if 'SIDESTEP' in k.upper())");
    await terminal.sees("\n[]");
    terminal.enter("down");
    await terminal.sees("order()");
    terminal.enter("interact");
    await terminal.sees(">>> ");
    terminal.type("order.nu\t");
    await terminal.sees("order.number");
    terminal.enter("");
    await terminal.sees("\n7");
    await terminal.sees(">>> ");
    terminal.type("\x04");
    await terminal.sees("(Pdb) ");
    terminal.enter("c");
    expect((await answer).body).toBe("total 21\n");
    expect(await terminal.ends()).toBe(0);
  });

  test("what was typed must be there in the next pause, and in the next process", async () => {
    const one = app.ask("/order");
    const first = await app.attach();
    first.enter("p 'typed', order.total + 1000");
    await first.sees("('typed', 1021)");
    first.enter("c");
    await one;
    await app.goesOn();

    const ended = app.ask("/order");
    const breaking = await app.attach();
    breaking.enter("import os; os._exit(1)");
    await breaking.ends();
    await ended;
    const two = until("another worker pauses", async () => {
      const answer = await app.ask("/order");
      return servedBy(answer) === "original" ? undefined : answer;
    });
    const second = await app.attach();
    second.type("\x1b[A\x1b[A\x1b[A\r"); // up, up, up
    await second.sees("('typed', 1021)");
    second.enter("c");
    await two;
  });

  test("post-mortem must stop in the frame that raised, when the app asks for it", async () => {
    const answer = app.ask("/failed");
    const terminal = await app.attach();
    terminal.enter("p missing");
    await terminal.sees("{}");
    terminal.enter("c");
    expect((await answer).body).toBe("went on\n");
    await terminal.ends();
  });

  test("threads that are paused at once must each have a terminal of their own", async () => {
    const answer = app.ask("/twice");
    const terminals = [await app.attach(0), await app.attach(1)];
    const [one, two] = terminals as [Console, Console];
    // In pieces: a thread that is not the main one wakes up only by itself.
    const nap = "[time.sleep(0.05) for _ in range(6000)]";
    one.enter(`import time; print('sl' + 'eeps'); ${nap}`);
    await one.sees("sleeps");
    // The other one is not held up by that, nor reached by the ^C for it.
    two.type("p order.num\t");
    await two.sees("order.number");
    two.enter(" * 1000");
    await two.sees(/\n[12]000/);
    two.enter("interact");
    await two.sees(">>> ");
    two.enter("order.total + 0.5");
    await two.sees(/\n[36]\.5/);
    two.type("\x04");
    await two.sees("(Pdb) ");
    one.type("\x03");
    await one.sees("KeyboardInterrupt");
    await one.sees("(Pdb) ");
    two.enter("p 'both', order.tax");
    await two.sees("('both', ");
    two.enter("c");
    await two.ends();
    one.enter("c");
    expect((await answer).body).toBe("totals [3, 6]\n");
  }, 60_000);
});

test("a root that is read-only and a user without a name or a home must not matter", async () => {
  const app = await debugged({
    run: [
      ...["--read-only", "--tmpfs", "/tmp", "--user", "12345:12345"],
      ...["--cap-drop", "ALL", "--env", "HOME=/nonexistent"],
    ],
  });
  const answer = app.ask("/order");
  const terminal = await app.attach();
  terminal.type("p order.to\t");
  await terminal.sees("order.total");
  terminal.enter("");
  await terminal.sees("\n21");
  terminal.enter("c");
  expect((await answer).body).toBe("total 21\n");
  await terminal.ends();
  await app.end();
});

describe("attach --follow", () => {
  test("must go from pause to pause, and end with the session", async () => {
    const app = await debugged({});
    const terminal = stage.cli.tty(
      "attach",
      "--follow",
      `session/${app.session}`,
    );
    for (let round = 0; round < 2; round++) {
      await terminal.sees("waiting for a pause");
      const answer = app.ask("/order");
      await terminal.sees(/pause\/\S+ at fixture\/shop.py:\d+: GET \/order/);
      await terminal.sees("(Pdb) ");
      terminal.enter("c");
      await answer;
      await terminal.sees("(the thread went on)");
    }
    await terminal.sees("waiting for a pause");
    const left = stage.cli.tty("attach", "-f", `session/${app.session}`);
    await left.sees("Ctrl-C leaves");
    left.type("\x03");
    await left.sees("goes on: sidestep attach");
    expect(await left.ends()).toBe(130);
    await app.end();
    await terminal.sees("was deleted while waiting");
    expect(await terminal.ends()).toBe(1);
  });
});

describe("the request of a pause", () => {
  let app: Paused;
  beforeAll(async () => {
    app = await debugged({});
  });
  afterAll(async () => {
    await app?.end();
  });

  test("must be known: line, client, how long it has waited; not to the app", async () => {
    const answer = get(`${app.url}/order`, {
      ...ALICE,
      "x-sidestep-request": "forged",
      "x-forwarded-for": "203.0.113.7",
    });
    await app.pauses();
    const table = await stage.cli.ok("get", "pauses", "-o", "wide");
    expect(table.split("\n")[0]).toMatch(/REQUEST +AGE +CLIENT +WAITING/);
    expect(table).toMatch(/GET \/order +\ds +203\.0\.113\.7 +\ds +order /);
    const [pause] = await app.pauses();
    const said = await stage.cli.ok(
      "describe",
      `pause/${pause?.metadata.name}`,
    );
    expect(said).toMatch(/Line: +GET \/order/);
    expect(said).toMatch(/Client: +203\.0\.113\.7/);
    expect(said).toMatch(/Waiting: +\ds, since /);
    await stage.cli.ok("continue", `pause/${pause?.metadata.name}`);
    await answer;
    const { body } = await app.ask("/");
    expect(body).toBe("plain []\n");
  });

  test("a client that has gone must be seen everywhere, and `c` end it cleanly", async () => {
    const request = http.get(`${app.url}/order`, { headers: ALICE });
    request.on("error", () => undefined);
    const terminal = await app.attach();
    terminal.type("p order.tot");
    await terminal.sees("order.tot");
    request.destroy();
    await terminal.sees("(the client has gone; `c` ends the request)");
    const gone = await until("it is marked", async () => {
      const [pause] = await app.pauses();
      return pause?.status.request?.clientGone && pause;
    });
    const { name } = gone.metadata;
    expect(await stage.cli.ok("get", "pauses")).toMatch(
      /GET \/order \(client gone\)/,
    );
    expect(await stage.cli.ok("describe", `pause/${name}`)).toContain(
      "which has gone: nobody waits for the answer",
    );
    // What was being typed is as it was.
    terminal.enter("al");
    await terminal.sees("\n21");
    terminal.enter("c");
    expect(await terminal.ends()).toBe(0);
    await app.goesOn();
    // The worker is free, and its log has nothing to be afraid of.
    expect((await app.ask("/")).status).toBe(200);
    const log = await stage.cli.ok("logs", `session/${app.session}`);
    expect(log).not.toContain("Traceback");
  });
});

describe("bad luck at the prompt", () => {
  let app: Paused;
  beforeAll(async () => {
    app = await debugged({});
  });
  afterAll(async () => {
    await app?.end();
  });

  test.each(["exit()", "quit()"])(
    "%s must let the request go on",
    async (line) => {
      const answer = app.ask("/order");
      const terminal = await app.attach();
      terminal.enter(line);
      expect((await answer).body).toBe("total 21\n");
      expect(await terminal.ends()).toBe(0);
    },
  );

  test.each([
    ["os._exit(1)", "import os; os._exit(1)", "ended with exit code 1"],
    ["os.abort()", "import os; os.abort()", "was killed by SIGABRT"],
    [
      "a segmentation fault",
      "import ctypes; ctypes.string_at(0)",
      "was killed by SIGSEGV",
    ],
  ])("%s must be told, and harm nobody else", async (_name, line, how) => {
    const answer = app.ask("/order");
    const terminal = await app.attach();
    const [pause] = await app.pauses();
    terminal.enter(line);
    const ended = `process ${pause?.status.pid} ${how}`;
    await terminal.sees(`(${ended}: sidestep describe session`);
    expect(await terminal.ends()).toBe(0);
    // A GET that nothing came back of is answered by the original.
    expect(servedBy(await answer)).toBe("original");
    expect((await get(app.url)).status).toBe(200);
    const said = await stage.cli.ok("describe", "session", app.session);
    expect(said).toContain(ended);
    expect(said).toMatch(/Crashed +True +ProcessEnded/);
    await until("the server's next worker serves", async () => {
      return servedBy(await app.ask("/")) === `session=${app.session}`;
    });
  });

  test("a server that ends with its worker must be started again", async () => {
    const answer = app.ask("/order");
    const terminal = await app.attach();
    // For gunicorn this code says that the app cannot be loaded.
    terminal.enter("import os; os._exit(3)");
    await terminal.sees("ended with exit code 3");
    expect(servedBy(await answer)).toBe("original");
    await until("it is served by a replica again", async () => {
      return servedBy(await app.ask("/")) === `session=${app.session}`;
    });
  }, 60_000);

  test("a server that is one process must be started again", async () => {
    const one = await debugged({ command: ["python3", "shop.py"] });
    const answer = one.ask("/order");
    const terminal = await one.attach();
    terminal.enter("import ctypes; ctypes.string_at(0)");
    await terminal.sees(
      "the replica ended while it was paused: killed by SIGSEGV",
    );
    expect(servedBy(await answer)).toBe("original");
    await until("it is served by a replica again", async () => {
      return servedBy(await one.ask("/")) === `session=${one.session}`;
    });
    const said = await stage.cli.ok("describe", "session", one.session);
    expect(said).toMatch(/Crashed +True .*SIGSEGV; it was started again/);
    await one.end();
  }, 60_000);
});

describe("other debuggers, by PYTHONBREAKPOINT, in the main terminal", () => {
  const image = "sidestep-test-debuggers";

  const open = async (app: Paused) => {
    const main = stage.cli.tty("attach", `session/${app.session}`, "--main");
    // Who comes late sees what was said before.
    await main.sees("Booting worker");
    return main;
  };

  test("ipdb must work, ^C not end the server, and another viewer see the same", async () => {
    const env = ["-e", "PYTHONBREAKPOINT=ipdb.set_trace"];
    const app = await debugged({ image, run: env });
    const said = await stage.cli.ok("describe", "session", app.session);
    expect(said).toContain(
      `breakpoint() opens ipdb.set_trace in the main terminal: sidestep attach session/${app.session} --main`,
    );
    const main = await open(app);
    for (let round = 0; round < 2; round++) {
      const answer = app.ask("/order");
      await main.sees("ipdb> ");
      main.enter("p order.total * 1000");
      await main.sees("21000");
      main.enter("import time; print('sl' + 'eeps'); time.sleep(2)");
      await main.sees("sleeps");
      main.type("\x03");
      await main.sees("ipdb> ");
      const late = stage.cli.tty("attach", `session/${app.session}`, "--main");
      await late.sees("21000");
      late.type(DETACH);
      expect(await late.ends()).toBe(0);
      main.enter("c");
      expect((await answer).body).toBe("total 21\n");
      expect(servedBy(await answer)).toBe(`session=${app.session}`);
    }
    main.type(DETACH);
    await main.sees("the replica goes on");
    expect(await main.ends()).toBe(0);
    await app.end();
  }, 90_000);

  test("pudb must work", async () => {
    const app = await debugged(
      { image },
      "--env",
      "PYTHONBREAKPOINT=pudb.set_trace",
    );
    const main = await open(app);
    const answer = app.ask("/order");
    await main.sees("PuDB");
    await main.sees("ariables:");
    main.type("c");
    expect((await answer).body).toBe("total 21\n");
    main.type(DETACH);
    await main.ends();
    await app.end();
  }, 90_000);

  test("the main terminal of a replica that ends must say so", async () => {
    const app = await debugged({});
    const main = await open(app);
    // Nothing to interrupt here, and nothing is.
    main.type("\x03");
    expect(servedBy(await app.ask("/"))).toBe(`session=${app.session}`);
    await docker("kill", app.replica);
    await main.sees("(the replica has ended)");
    expect(await main.ends()).toBe(0);
    await app.end();
  });
});
