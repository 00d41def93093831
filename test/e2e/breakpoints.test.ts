import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { Breakpoint } from "../../sidecar/schema/index.js";
import { startDemo, type Demo } from "./support/demo.js";
import { get } from "./support/http.js";
import { until } from "./support/poll.js";
import { docker } from "./support/run.js";

// Breakpoints that nobody wrote into the app: a real Django under gunicorn is
// stopped, or made to log, while it runs.
describe("breakpoints from outside", () => {
  let demo: Demo;
  let session: string;

  beforeAll(async () => {
    demo = await startDemo({ SIDESTEP_TARGET: "" });
  });
  afterAll(async () => {
    await demo?.end();
  });

  afterEach(async () => {
    await demo.cli.any(["delete", "bp", "--all"]);
    const left = await demo.cli.ok("get", "pauses", "-o", "name");
    for (const name of left.split("\n").filter(Boolean)) {
      await demo.cli.any(["continue", name]);
    }
  });

  const order = (id: number, headers = {}) =>
    get(`${demo.url}/orders/${id}`, { "x-debug": "bp", ...headers });
  const create = (...args: string[]) =>
    demo.cli.any(["create", "breakpoint", ...args]);
  const breakpoint = async (name: string) =>
    JSON.parse(
      await demo.cli.ok("get", "bp", name, "-o", "json"),
    ) as Breakpoint;
  const state = (name: string, wanted: string) =>
    until(`${name} is ${wanted}`, async () => {
      const { status } = await breakpoint(name);
      return status.state === wanted ? status : undefined;
    });
  const paused = () =>
    until("there is a pause", () => demo.cli.ok("get", "pauses", "-o", "name"));
  const hits = (name: string, least: number) =>
    until(`${name} has ${least} hits`, async () => {
      const { status } = await breakpoint(name);
      return status.hits >= least;
    });

  test("`debug -b --if` must stop only the requests for which it holds", async () => {
    const made = await demo.cli.any([
      "debug",
      "shop",
      "--match",
      "header:x-debug=bp",
      "-b",
      "shop/views.py:26",
      "--if",
      "order.id == 7",
    ]);
    expect(made.code, made.stderr).toBe(0);
    session = /session\/(\S+) created/.exec(made.stdout)?.[1] ?? "";
    // Django imports its views with the first request.
    expect(made.stderr).toContain(
      `breakpoint/${session}-b1 Pending: /app/shop/views.py is not imported yet`,
    );
    expect((await order(8)).status).toBe(200);
    const answer = order(7);
    const name = await paused();
    const terminal = demo.cli.tty("attach", name);
    await terminal.sees(/views\.py\(26\)order_detail\(\)/);
    await terminal.sees("-> lines = [line(item) ");
    await terminal.sees("(Pdb) ");
    terminal.enter("n");
    await terminal.sees("(Pdb) ");
    terminal.enter("p order.id, len(lines) > 0");
    await terminal.sees("(7, True)");
    terminal.enter("c");
    expect((await answer).status).toBe(200);
    await terminal.ends();
    const table = await demo.cli.ok("get", "breakpoints");
    expect(table).toMatch(
      /^NAME +SESSION +LOCATION +CONDITION +STATE +HITS +AGE\n/,
    );
    expect(table).toMatch(
      /-b1 +\S+ +shop\/views\.py:26 +order\.id == 7 +Verified +\d+ /,
    );
    // The original is not touched: the same request, unmatched.
    const others = await get(`${demo.url}/orders/7`);
    expect(others.status).toBe(200);
  });

  test("one that is created must stop a running replica, again and again, until it is deleted", async () => {
    const { stdout, stderr } = await create("shop/views.py:42");
    const name = /breakpoint\/(\S+) created/.exec(stdout)?.[1] ?? "";
    expect(stderr).toContain("Verified: /app/shop/views.py:42 in line");
    for (const round of [1, 2]) {
      const answer = order(8);
      let answered = false;
      void answer.then(() => (answered = true));
      await paused();
      const table = await demo.cli.ok("get", "pauses");
      expect(table).toMatch(/shop\/views\.py:42 +GET \/orders\/8/);
      if (round === 2) await demo.cli.ok("delete", "breakpoint", name);
      // In the first round, each item of the order stops there again.
      await until("the request is answered", async () => {
        const pauses = await demo.cli.ok("get", "pauses", "-o", "name");
        if (pauses) await demo.cli.any(["continue", pauses]);
        return answered;
      });
      expect((await answer).status).toBe(200);
    }
    expect((await order(8)).status).toBe(200);
    const gone = await demo.cli.any(["get", "bp", name]);
    expect(gone.stderr).toContain(`breakpoints "${name}" not found`);
  });

  test("a line without code, a file that is not imported, one that is ambiguous: it must say so", async () => {
    const moved = await create("shop/views.py:40");
    expect(moved.stderr).toContain(
      "Verified: /app/shop/views.py:41 in line (line 40 has no code: moved to line 41, in line)",
    );
    const pending = await create("shop/nothing.py:3", "-o", "name");
    expect(pending.stderr).toContain(
      "Pending: no file that ends with shop/nothing.py is imported yet",
    );
    const ambiguous = await create("models.py:10");
    expect(ambiguous.stderr).toContain("Ambiguous: ");
    expect(ambiguous.stderr).toContain("/app/shop/models.py");
    const past = await create("shop/views.py:9999");
    expect(past.stderr).toMatch(/Error: .*its last is line \d+/);
    await demo.cli.ok("delete", "bp", "--all");
    expect((await order(8)).status).toBe(200);
  });

  test("a condition that raises must be reported, and stop nothing", async () => {
    const { stdout } = await create("shop/views.py:26", "--if", "nothing > 1");
    const name = /breakpoint\/(\S+)/.exec(stdout)?.[1] ?? "";
    expect((await order(8)).status).toBe(200);
    const found = await state(name, "Error");
    expect(found.message).toContain(
      "the condition raised NameError: name 'nothing' is not defined",
    );
    const log = await demo.cli.ok("logs", `session/${session}`);
    expect(log).toContain(
      "sidestep: shop/views.py:26: the condition `nothing > 1` raised NameError",
    );
  });

  test("a syntax error must be refused, with a caret where it is", async () => {
    const { code, stderr } = await create(
      "shop/views.py:26",
      "--if",
      "order.total < ",
    );
    expect(code).toBe(1);
    expect(stderr).toContain(
      [
        "Error from server (Invalid): the condition is not valid: invalid syntax",
        "  order.total < ",
        "               ^",
      ].join("\n"),
    );
    const log = await create("shop/views.py:26", "--log", "a {b c} d");
    expect(log.stderr).toContain("the log message is not valid");
    // Without a replica to ask, the sidecar's own Python does.
    const fresh = await demo.cli.any(
      ["debug", "shop", "-b", "shop/views.py:26", "--if", "(1"].concat(
        "--dry-run",
      ),
    );
    expect(fresh.stderr).toContain("'(' was never closed\n  (1\n  ^");
    expect(await demo.cli.ok("get", "bp", "-o", "name")).toBe("");
  });

  test("a logpoint must write to the session's log, and never stop", async () => {
    const { stdout } = await create(
      "shop/views.py:26",
      "--log",
      "order {order.id}: total={order.total:.1f} {order.total / 0}",
      "--if",
      "order.id == 7",
    );
    const name = /breakpoint\/(\S+)/.exec(stdout)?.[1] ?? "";
    expect((await order(8)).status).toBe(200);
    expect((await order(7)).status).toBe(200);
    const log = await until("it is in the log", async () => {
      const text = await demo.cli.ok("logs", `session/${session}`);
      return text.includes("sidestep: shop/views.py:26: order 7") && text;
    });
    expect(log).toContain(
      "sidestep: shop/views.py:26: order 7: total=106.8 {order.total / 0}: DivisionByZero",
    );
    expect(log).not.toContain("order 8:");
    await hits(name, 1);
  });

  test("they must outlive a SIGKILL of the sidecar, and a restart of the replica", async () => {
    const { stdout } = await create(
      "shop/views.py:26",
      "--if",
      "order.id == 7",
    );
    const name = /breakpoint\/(\S+)/.exec(stdout)?.[1] ?? "";
    await docker("kill", "-s", "KILL", demo.name("sidestep"));
    await docker("start", demo.name("sidestep"));
    await until("the sidecar knows it again", async () => {
      const { status } = await breakpoint(name);
      return status.state === "Verified";
    });
    await demo.cli.ok("wait", `session/${session}`, "--for=condition=Ready");
    const answer = order(7);
    await demo.cli.ok("continue", await paused());
    expect((await answer).status).toBe(200);

    await docker("restart", "-t", "1", await replicaName());
    await until("the replica serves again, and stops", async () => {
      const again = order(7);
      const pause = await Promise.race([
        again.then(() => undefined),
        until("a pause", () => demo.cli.ok("get", "pauses", "-o", "name"), 10),
      ]);
      if (!pause) return false;
      await demo.cli.ok("continue", pause);
      await again;
      return true;
    });
    await demo.cli.ok("delete", "session", session);
    const left = await demo.compose(
      "exec",
      "-T",
      "sidestep",
      "sh",
      "-c",
      "ls /.sidestep/private/breakpoints",
    );
    expect(left).toBe("");
  });

  /** The name of the replica's container. */
  const replicaName = async () => {
    const json = await demo.cli.ok("get", "session", session, "-o", "json");
    const read = JSON.parse(json) as {
      status: { replica: { container: string } };
    };
    return read.status.replica.container;
  };
});
