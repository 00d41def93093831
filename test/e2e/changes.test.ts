import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { get, servedBy } from "./support/http.js";
import { until } from "./support/poll.js";
import { docker } from "./support/run.js";
import { addressIn, openStage, type App, type Stage } from "./support/stage.js";

// What becomes of a session when somebody changes its target by `docker`.
const ALICE = { "x-debug": "alice" };

let stage: Stage;
let app: App;
let session: string;
beforeAll(async () => {
  stage = await openStage();
});
beforeEach(async () => {
  app = await stage.web();
  session = await stage.debug(app.name, "--match", "header:x-debug=alice");
});
afterAll(async () => {
  await stage?.end();
});

const aliceIsServedBy = (who: string, url = app.url) =>
  until(
    `alice is served by ${who}`,
    async () => servedBy(await get(url, ALICE)) === who,
  );

test("one that its user pauses must be left paused, and its session go on", async () => {
  await docker("pause", app.name);
  expect(servedBy(await get(app.url, ALICE))).toBe(`session=${session}`);
  await stage.cli.ok("delete", "session", session);
  const state = await docker("inspect", "-f", "{{.State.Status}}", app.name);
  expect(state).toBe("paused");
  await docker("unpause", app.name);
  await aliceIsServedBy("original");
});

/** On a network of its user the Engine serves names, too. */
const MOVED = /^[-+] (route|address|listens|rule) (?!.*sidestep)/;

test("one that is moved to another network must be followed there", async () => {
  const network = `other-${app.name}`;
  await docker("network", "create", network);
  try {
    await docker("network", "connect", network, app.name);
    await docker("network", "disconnect", "bridge", app.name);
    const url = `http://${await addressIn(network, app.name)}:8000`;
    await aliceIsServedBy(`session=${session}`, url);
    expect(servedBy(await get(url))).toBe("original");
    await stage.delete(session, app.name, MOVED);
    expect(servedBy(await get(url, ALICE))).toBe("original");
  } finally {
    await docker("network", "disconnect", network, app.name);
    await docker("network", "rm", network);
  }
});

test("one that is renamed must be let go, and taken again under its name", async () => {
  const other = `renamed-${app.name}`;
  await docker("rename", app.name, other);
  await aliceIsServedBy("original");
  const { conditions, phase } = (await stage.session(session)).status;
  expect(phase).toBe("Pending");
  const why = conditions.find(({ type }) => type === "TargetFound");
  expect(why?.message).toContain(app.name);
  await docker("rename", other, app.name);
  await aliceIsServedBy(`session=${session}`);
  await stage.delete(session, app.name);
});
