import net from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Pause } from "../../sidecar/schema/index.js";
import { get, servedBy } from "./support/http.js";
import { until } from "./support/poll.js";
import {
  pythonImage,
  SERVERS,
  type Start,
  type Suite,
} from "./support/python-servers.js";
import { docker } from "./support/run.js";
import { openStage, published, told, type Stage } from "./support/stage.js";

const ALICE = { "x-debug": "alice" };
const MATCH = ["--match", "header:x-debug=alice"];
/** All timeouts that are configured are 3 seconds. */
const LONG_MS = 4_500;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => {
  await stage?.end();
});

/** A session on an app of the image; it ends with `use`. */
async function debugged(
  { suite, command, args = [] }: Omit<Start, "how">,
  use: (session: Debugged) => Promise<void>,
  flags: string[] = [],
): Promise<void> {
  const name = await stage.run(
    ["-p", "127.0.0.1:0:8000", ...args],
    command,
    pythonImage(suite),
  );
  const url = await published(name);
  await until("the app answers", () => get(`${url}/ok`), 60);
  const session = await stage.debug(name, ...MATCH, ...flags);
  const ask = async (path: string) => {
    const answer = await get(`${url}${path}`, ALICE);
    expect([answer.status, servedBy(answer)]).toEqual([
      200,
      `session=${session}`,
    ]);
    return told(answer);
  };
  const pauses = async () => {
    const json = await stage.cli.ok("get", "pauses", "-o", "json");
    const { items } = JSON.parse(json) as { items: Pause[] };
    return items.filter((pause) => pause.status.session === session);
  };
  await use({
    name,
    url,
    session,
    replica: `${name}-sidestep-${session}`,
    ask,
    pauses,
  });
  await stage.delete(session, name);
}

interface Debugged {
  name: string;
  url: string;
  session: string;
  replica: string;
  /** What the replica answers at a path. */
  ask: (path: string) => Promise<Record<string, unknown>>;
  /** The session's pauses. */
  pauses: () => Promise<Pause[]>;
}

/** The processes that served some requests that came at the same time. */
async function served({ ask }: Debugged): Promise<unknown[]> {
  const answers = Array.from({ length: 6 }, () => ask("/info"));
  return [...new Set((await Promise.all(answers)).map(({ pid }) => pid))];
}

/** Requests a page that stops; the pause, and the answer to come. */
async function stopped(app: Debugged, path: string) {
  const answer = app.ask(path);
  // A failure is seen where the answer is awaited.
  answer.catch(() => undefined);
  const pause = await until("there is a pause", async () => {
    return (await app.pauses())[0];
  });
  return { answer, pause, name: pause.metadata.name };
}

const condition = async (session: string, type: string) => {
  const { conditions } = (await stage.session(session)).status;
  return conditions.find((each) => each.type === type);
};

describe.each(SERVERS)("$name", ({ server, stops, starts }) => {
  test.concurrent.each(starts)(
    "$how ($suite) must serve with one worker that bears a long pause",
    (start) =>
      debugged(start, async (app) => {
        const { status } = await stage.session(app.session);
        expect(status.phase).toBe("Ready");
        expect(status.replica?.server).toMatch(server);
        expect(await condition(app.session, "Debuggable")).toMatchObject({
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
      debugged({ suite, command: ["python3", "wsgi_app.py"] }, async (app) => {
        expect(await condition(app.session, "Debuggable")).toMatchObject({
          status: "True",
          reason: "UnknownServer",
          message: expect.stringContaining(
            "the server (wsgiref) is none that sidestep knows",
          ) as string,
        });
        const { answer, name } = await stopped(app, "/break");
        await stage.cli.ok("continue", name);
        expect(await answer).toEqual({ total: 7 });
      }),
  );
});
