import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startDemo, type Demo } from "./support/demo.js";
import { get, servedBy } from "./support/http.js";
import { until } from "./support/poll.js";

// `onException: terminal`: an unhandled exception is a pause, after the fact.
describe("an exception that the view does not handle", () => {
  let demo: Demo;
  beforeAll(async () => {
    demo = await startDemo({ SIDESTEP_TARGET: "" });
    await demo.cli.ok("debug", "shop", "--on-exception", "terminal");
  });
  afterAll(async () => {
    await demo?.end();
  });

  const BROKEN = "/orders/1042";
  const pauses = (...flags: string[]) =>
    demo.cli.ok("get", "pauses", "--no-headers", ...flags);

  test("must pause where it was raised; `c` lets the app answer", async () => {
    const answer = get(`${demo.url}${BROKEN}`);
    const table = await until("it is paused", () => pauses("-o", "wide"));
    expect(table).toMatch(/views\.py:47 /);
    expect(table).toContain("exception: ZeroDivisionError: division by zero");
    const terminal = demo.cli.tty("attach");
    await terminal.sees("ZeroDivisionError: division by zero");
    await terminal.sees(/views\.py\(47\)line\(\)/);
    await terminal.sees("(Pdb) ");
    terminal.enter("p item['name']");
    await terminal.sees("'Gift wrapping'");
    terminal.enter("u");
    terminal.enter("u");
    await terminal.sees(/views\.py\(26\)order_detail\(\)/);
    terminal.enter("p order.total");
    await terminal.sees("Decimal('68.20')");
    terminal.enter("n");
    await terminal.sees("`c` lets the app answer it");
    terminal.enter("c");
    expect(await terminal.ends()).toBe(0);
    const { status, body } = await answer;
    expect(status).toBe(500);
    expect(body).toContain("Server Error");
    expect(body).not.toContain("Werkzeug");
    expect(servedBy(await answer)).toMatch(/^session=/);
    await until("nothing is paused", async () => (await pauses()) === "");
  });

  test("q and ^D must let the app answer too", async () => {
    for (const keys of ["q\r", "\x04"]) {
      const answer = get(`${demo.url}${BROKEN}`);
      await until("it is paused", () => pauses());
      const terminal = demo.cli.tty("attach");
      await terminal.sees("(Pdb) ");
      terminal.type(keys);
      expect((await answer).status).toBe(500);
      expect(await terminal.ends()).toBe(0);
    }
    expect((await get(`${demo.url}/orders/7`)).status).toBe(200);
  });

  test("what the app handles must not pause, and there is no PIN", async () => {
    expect((await get(`${demo.url}/orders/999999`)).status).toBe(404);
    expect(await pauses()).toBe("");
    expect(await demo.cli.ok("get", "sessions", "-o", "yaml")).not.toContain(
      "pin:",
    );
  });
});

describe("with onException: none", () => {
  test("the app must answer as it ever did", async () => {
    const demo = await startDemo({ SIDESTEP_TARGET: "" });
    try {
      await demo.cli.ok("debug", "shop", "--on-exception", "none");
      const answer = await get(`${demo.url}/orders/1042`);
      expect(servedBy(answer)).toMatch(/^session=/);
      expect(answer.status).toBe(500);
      expect(answer.body).not.toContain("Werkzeug");
      expect(await demo.cli.ok("get", "pauses", "-o", "name")).toBe("");
    } finally {
      await demo.end();
    }
  });
});
