import { readFileSync } from "node:fs";
import net from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ALICE, debugged, stopped, type Debugged } from "./support/debugged.js";
import { get, servedBy } from "./support/http.js";
import { until } from "./support/poll.js";
import { SERVERS, type Suite } from "./support/python-servers.js";
import { docker } from "./support/run.js";
import { openStage, type Stage } from "./support/stage.js";

/** Where `/ok` is served in the apps of the images. */
const OK_LINE =
  readFileSync("test/e2e/fixtures/python/apps/pages.py", "utf8")
    .split("\n")
    .findIndex((line) => line.includes('return {"ok": True}')) + 1;

/** All timeouts that are configured are 3 seconds. */
const LONG_MS = 4_500;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => {
  await stage?.end();
});

/** The processes that served some requests that came at the same time. */
async function served({ ask }: Debugged): Promise<unknown[]> {
  const answers = Array.from({ length: 6 }, () => ask("/info"));
  return [...new Set((await Promise.all(answers)).map(({ pid }) => pid))];
}

/** A breakpoint that is set while the app runs must stop it, and be gone when it is deleted. */
async function stopsFromOutside(app: Debugged): Promise<void> {
  const session = `session/${app.session}`;
  const { cli } = stage;
  const point = await cli.ok(
    ...["create", "breakpoint", session, `pages.py:${OK_LINE}`, "-o", "name"],
  );
  const { answer, pause, name } = await stopped(app, "/ok");
  expect(pause.status.location).toMatchObject({
    line: OK_LINE,
    function: "ok",
  });
  expect(pause.status.request).toMatchObject({ method: "GET", path: "/ok" });
  await cli.ok("delete", point.trim());
  await cli.ok("continue", name);
  expect(await answer).toEqual({ ok: true });
  expect(await app.ask("/ok")).toEqual({ ok: true });
}

/** What nobody handles must open Werkzeug's debugger, with a shell at each frame. */
async function opensTheDebugger(app: Debugged): Promise<void> {
  const page = await get(`${app.url}/boom`, ALICE);
  expect(page.status).toBe(500);
  expect(page.body).toContain("ZeroDivisionError: division by zero");
  expect(page.body).toContain("Werkzeug Debugger");
  expect(page.body).toContain("EVALEX = true");
  // The frame that raised is the app's, in the file as it is there.
  expect(page.body).toContain("/srv/pages.py");
}

describe.each(SERVERS)("$name", ({ server, stops, starts }) => {
  test.concurrent.each(starts)(
    "$how ($suite) must serve with one worker that bears a long pause",
    (start) =>
      debugged(stage, start, async (app) => {
        const { status } = await stage.session(app.session);
        expect(status.phase).toBe("Ready");
        expect(status.replica?.server).toMatch(server);
        expect(await app.debuggable()).toMatchObject({
          status: "True",
          reason: "KitLoaded",
        });

        const [pid, ...others] = await served(app);
        expect(others).toEqual([]);

        // Browsers open connections in advance, on which nothing comes.
        const { port } = new URL(app.url);
        const silent = net.connect(Number(port), "127.0.0.1");
        try {
          for (const path of stops) {
            const { answer, pause, name } = await stopped(app, path);
            expect(pause.status.location.function).toBe("stop");
            const began = Date.now();
            // What would have a reloader start the app anew.
            await docker("exec", app.replica, "touch", "/srv/pages.py");
            await until("the pause is longer than any timeout", async () => {
              expect(await app.pauses()).toHaveLength(1);
              return path !== stops[0] || Date.now() - began > LONG_MS;
            });
            await stage.cli.ok("continue", name);
            expect(await answer).toMatchObject({
              total: path === "/break" ? 7 : 8,
            });
          }
          await stopsFromOutside(app);
          await opensTheDebugger(app);
          expect(await served(app)).toEqual([pid]);
        } finally {
          silent.destroy();
        }
        expect(servedBy(await get(`${app.url}/ok`))).toBe("original");
      }),
  );
});

describe("concurrency: threads", () => {
  test.concurrent.each(
    SERVERS.filter(({ threads }) => threads).map(({ name, starts }) => ({
      name,
      ...starts[0]!,
    })),
  )("$name must serve others while a request is paused", (start) =>
    debugged(
      stage,
      start,
      async (app) => {
        const { answer, name } = await stopped(app, "/break");
        expect(await app.ask("/info")).toMatchObject({
          pid: expect.anything() as number,
        });
        expect(await app.pauses()).toHaveLength(1);
        await stage.cli.ok("continue", name);
        expect(await answer).toMatchObject({ total: 7 });
        expect(await served(app)).toHaveLength(1);
      },
      ["--concurrency", "threads"],
    ),
  );
});

describe("a server that is not known", () => {
  test.concurrent.each<Suite>(["bookworm", "trixie"])(
    "(%s) must pause all the same, and the session say what could not be done",
    (suite) =>
      debugged(
        stage,
        { suite, command: ["python3", "wsgi_app.py"] },
        async (app) => {
          expect(await app.debuggable()).toMatchObject({
            status: "True",
            reason: "UnknownServer",
            message: expect.stringContaining(
              "the server (wsgiref) is none that sidestep knows",
            ) as string,
          });
          const { answer, name } = await stopped(app, "/break");
          await stage.cli.ok("continue", name);
          expect(await answer).toEqual({ total: 7 });
        },
      ),
  );
});
