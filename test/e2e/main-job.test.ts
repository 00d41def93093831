import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startDemo, type Demo } from "./support/demo.js";
import { get, servedBy } from "./support/http.js";
import { until } from "./support/poll.js";

// The main job, on a real Django app behind nginx with PostgreSQL: the README's
// script, and what a person does at the prompt.
describe("a breakpoint() in a view", () => {
  let demo: Demo;

  beforeAll(async () => {
    demo = await startDemo();
  });
  afterAll(async () => {
    await demo?.end();
  });

  // A pause that a failed test left behind would hold up all that follow.
  afterEach(async () => {
    const left = await demo.cli.ok("get", "pauses", "-o", "name");
    for (const name of left.split("\n").filter(Boolean)) {
      await demo.cli.any(["continue", name]);
    }
  });

  const paused = async () => {
    const answer = get(`${demo.url}/orders/7?pdb=1`);
    const name = await until("there is a pause", () =>
      demo.cli.ok("get", "pauses", "-o", "name"),
    );
    return { answer, name };
  };
  const nothingPaused = () =>
    until("nothing is paused", async () => {
      const { stdout } = await demo.cli.any(["get", "pauses", "-o", "name"]);
      return stdout === "";
    });

  test("`up --wait` must return with the session Ready", async () => {
    const table = await demo.cli.ok("get", "sessions");
    expect(table.split("\n")).toHaveLength(2);
    expect(table).toMatch(/^NAME +TARGET +MATCH +PHASE +PAUSES +REQUESTS +AGE/);
    expect(table).toMatch(/\nshop +shop +<all> +Ready +0 /);
    const answer = await get(`${demo.url}/orders/7`);
    expect(answer.status).toBe(200);
    expect(servedBy(answer)).toBe("session=shop");
  });

  test("must pause the request, give a prompt, and answer after `c`", async () => {
    const { answer } = await paused();
    const table = await demo.cli.ok("get", "pauses");
    expect(table).toMatch(/^NAME +SESSION +LOCATION +REQUEST +AGE\n/);
    expect(table).toMatch(
      /\nshop-\d+ +shop +shop\/views\.py:\d+ +GET \/orders\/7\?pdb=1 +\d+s$/,
    );
    const terminal = demo.cli.tty("attach");
    // The screen as it stands: location, source line and prompt.
    await terminal.sees(/views\.py\(\d+\)order_detail\(\)/);
    await terminal.sees("(Pdb) ");
    terminal.enter("p order.total");
    await terminal.sees("Decimal('106.85')");
    terminal.enter("c");
    expect(await terminal.ends()).toBe(0);
    const body = JSON.parse((await answer).body) as { total: string };
    expect((await answer).status).toBe(200);
    expect(body.total).toBe("106.85");
    await nothingPaused();
  });

  test("^C must interrupt what was typed, and only that", async () => {
    const { answer } = await paused();
    const terminal = demo.cli.tty("attach");
    await terminal.sees("(Pdb) ");
    terminal.enter("import time; print('zz' * 3); time.sleep(300)");
    // Printed, not typed: the statement runs.
    await terminal.sees("zzzzzz");
    terminal.type("\x03");
    await terminal.sees("KeyboardInterrupt");
    await terminal.sees("(Pdb) ");
    terminal.enter("p 6 * 7");
    await terminal.sees("\n42");
    terminal.enter("c");
    expect((await answer).status).toBe(200);
    await terminal.ends();
  });

  test.each([
    ["q", "q\r"],
    ["^D", "\x04"],
    ["exit", "exit\r"],
  ])("%s must let the request go on, never a 500", async (_name, keys) => {
    const { answer } = await paused();
    const terminal = demo.cli.tty("attach");
    await terminal.sees("(Pdb) ");
    terminal.type(keys);
    expect((await answer).status).toBe(200);
    expect(await terminal.ends()).toBe(0);
  });

  test("detaching must leave it paused, with its screen for who comes later", async () => {
    const { answer, name } = await paused();
    const first = demo.cli.tty("attach");
    await first.sees("(Pdb) ");
    first.enter("print('left', 'behind')");
    await first.sees("left behind");
    first.type("\x10\x11"); // ctrl-p, ctrl-q
    expect(await first.ends()).toBe(0);

    const second = demo.cli.tty("attach", name);
    await second.sees("left behind");
    await second.sees("(Pdb) ");
    second.enter("c");
    expect((await answer).status).toBe(200);
  });

  test("two viewers must see the same, at the smaller one's size", async () => {
    const { answer, name } = await paused();
    const wide = demo.cli.tty("attach", name);
    await wide.sees("(Pdb) ");
    const narrow = demo.cli.tty("attach", name);
    await narrow.sees("(Pdb) ");
    narrow.resize(60, 20);
    wide.enter("p 'seen by ' + 'both'");
    await wide.sees("'seen by both'");
    await narrow.sees("'seen by both'");
    narrow.enter("c");
    await answer;
    await wide.ends();
    await narrow.ends();
  });

  test("`continue` must end a pause from outside", async () => {
    const { answer, name } = await paused();
    expect(await demo.cli.ok("continue", name)).toContain("continued");
    expect((await answer).status).toBe(200);
    await nothingPaused();
  });

  test("a terminal that is killed must never harm the request", async () => {
    const { answer } = await paused();
    const terminal = demo.cli.tty("attach");
    await terminal.sees("(Pdb) ");
    terminal.kill("SIGKILL");
    await terminal.ends();
    expect(await demo.cli.ok("get", "pauses", "-o", "name")).not.toBe("");

    // Its broker dies: the kit dials again, at the same place.
    await demo.compose(
      "exec",
      "-T",
      "sidestep",
      "pkill",
      "-9",
      "-f",
      "broker.py",
    );
    const again = demo.cli.tty("attach");
    await again.sees("(Pdb) ");
    again.enter("p order.total");
    await again.sees("Decimal('106.85')");
    again.enter("c");
    expect((await answer).status).toBe(200);
  });

  test("the next request must stop again, and logs go on going to the log", async () => {
    for (let round = 0; round < 2; round++) {
      const { answer, name } = await paused();
      await demo.cli.ok("continue", name);
      await answer;
    }
    const log = await demo.cli.ok("logs", "session/shop");
    expect(log).toContain("GET /orders/7?pdb=1");
    expect(log).not.toContain("(Pdb)");
  });

  test("it must work without Node on the host, in the sidecar's container", async () => {
    const inside = await demo.compose(
      "exec",
      "-T",
      "sidestep",
      "sidestep",
      "get",
      "sessions",
      "-o",
      "name",
    );
    expect(inside).toBe("session/shop");
  });
});
