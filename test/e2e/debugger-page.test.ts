import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { get, servedBy } from "./support/http.js";
import { until } from "./support/poll.js";
import { docker, tryRun } from "./support/run.js";
import {
  fixture,
  openStage,
  published,
  readSession,
  type Stage,
} from "./support/stage.js";

// Flask under gunicorn, as nobody on a read-only root, with pages of its own for
// errors, and a Werkzeug that is too old to be used.
let stage: Stage;
let url: string;
let session: string;
const image = `t-${randomBytes(3).toString("hex")}-flask`;
const HOST = "my_app:8000";

beforeAll(async () => {
  await docker("build", "-q", "-t", image, fixture("flask"));
  stage = await openStage();
  const name = await stage.run(
    [
      "-p",
      "127.0.0.1:0:8000",
      "--read-only",
      "--tmpfs",
      "/run/worker:mode=777",
    ],
    "gunicorn -b 0.0.0.0:8000 --worker-tmp-dir /run/worker app:app".split(" "),
    image,
  );
  url = await published(name);
  await until("the app answers", () => get(`${url}/denied`));
  const broken = await get(`${url}/orders/7`);
  expect(broken.body).toBe("our own page of errors\n");
  session = await stage.debug(name);
});
afterAll(async () => {
  try {
    await stage?.end();
  } finally {
    await tryRun("docker", ["rmi", "-f", image]);
  }
});

const pin = async () => (await readSession(stage.cli, session)).status.pin;

/** A request as the debugger's page makes it, for the page of a broken order. */
const command = async (query: Record<string, string>, cookie = "") => {
  const page = await get(`${url}/orders/7`, { host: HOST, cookie });
  const secret = /SECRET = "([^"]+)"/.exec(page.body)?.[1] ?? "";
  const frames = [
    ...page.body.matchAll(
      /id="frame-(\d+)"(?:(?!<div class="frame").)*class="function">detail</gs,
    ),
  ];
  const all = new URLSearchParams({
    __debugger__: "yes",
    frm: frames[0]?.[1] ?? "",
    s: secret,
    ...query,
  });
  return get(`${url}/orders/7?${all.toString()}`, { host: HOST, cookie });
};

test("must open under a host name that Werkzeug would never take", async () => {
  const page = await get(`${url}/orders/7`, { host: HOST });
  expect(page.status).toBe(500);
  expect(servedBy(page)).toBe(`session=${session}`);
  expect(page.body).toContain("ZeroDivisionError: division by zero");
  const unlocked = await command({ cmd: "pinauth", pin: (await pin()) ?? "" });
  expect(JSON.parse(unlocked.body)).toMatchObject({ auth: true });
  const cookie = unlocked.headers["set-cookie"]?.[0]?.split(";")[0] ?? "";
  const order = await command({ cmd: "order * 6" }, cookie);
  expect(order.body).toContain("42");
  // Flask's own context is there as well.
  const path = await command({ cmd: "request.path" }, cookie);
  expect(path.body).toContain("/orders/7");
});

test("what the app handles must stay as it is", async () => {
  expect((await get(`${url}/denied`)).status).toBe(403);
  const handled = await get(`${url}/orders/7?pieces=many`);
  expect(handled.status).toBe(400);
  expect(handled.body).toContain("not a number");
});

test("a command without the PIN must be refused, and a stale one gone", async () => {
  expect((await command({ cmd: "order" })).status).toBe(403);
  expect((await command({ cmd: "order", frm: "1" })).status).toBe(410);
  expect((await command({ cmd: "order", s: "x" })).status).toBe(410);
});

test("ten wrong PINs must lock it, for the right one too", async () => {
  for (let tries = 1; tries <= 10; tries++) {
    const { body } = await command({ cmd: "pinauth", pin: "111-111-111" });
    expect(JSON.parse(body)).toMatchObject({ auth: false, exhausted: false });
  }
  const right = await command({ cmd: "pinauth", pin: (await pin()) ?? "" });
  expect(JSON.parse(right.body)).toEqual({ auth: false, exhausted: true });
  expect((await get(`${url}/denied`)).status).toBe(403);
});
