import { afterAll, beforeAll, expect, test } from "vitest";
import { startDemo, type Demo } from "./support/demo.js";
import { get, servedBy } from "./support/http.js";
import { rulesIn } from "./support/leftovers.js";
import { until } from "./support/poll.js";
import { docker, run } from "./support/run.js";
import { nothingLeftAt, readSession } from "./support/stage.js";

const ALICE = { "x-debug": "alice" };
const SESSION = "alice";

// What people do with compose while a session is Ready: the session follows.
let demo: Demo;
/** What `docker compose` is given; changed as a user's files change. */
const env: Record<string, string> = { SIDESTEP_TARGET: "" };
const built: string[] = [];
const begin = () =>
  demo.cli.ok(
    ...["debug", "shop", "--name", SESSION],
    ...["--match", "header:x-debug=alice"],
  );
beforeAll(async () => {
  demo = await startDemo(env);
  await begin();
});
afterAll(async () => {
  await demo?.end();
  if (demo) await nothingLeftAt([demo.project]);
  for (const image of built) await docker("rmi", image);
});

/** Another image, which has this variable more; its name. */
const rebuilt = async (image: string, variable: string) => {
  const name = `${demo.project}-${image}`;
  const dockerfile = `FROM ${image}\nENV ${variable}\n`;
  const build = ["build", "-q", "-t", name, "-"];
  await run("docker", build, { input: dockerfile });
  built.push(name);
  return name;
};

const envOf = (container: string) =>
  docker("inspect", "-f", "{{json .Config.Env}}", container);

/** Every container of the project, ours too, with its id and start. */
const everything = async () => {
  const names = await docker(
    "ps",
    "-a",
    "--format",
    "{{.Names}}",
    "--filter",
    `name=^${demo.project}-`,
  );
  const all = names.split("\n").sort();
  expect(all.length).toBeGreaterThan(6);
  const format = "{{.Name}} {{.Id}} {{.State.StartedAt}} {{.State.Status}}";
  return docker("inspect", "-f", format, ...all);
};

const interceptors = async () => {
  const names = await docker(
    "ps",
    "-a",
    "--format",
    "{{.Names}}",
    "--filter",
    `name=^${demo.project}-shop-.*-sidestep-port-8000$`,
  );
  return names.split("\n").filter(Boolean).sort();
};

const idOf = (container: string) =>
  docker("inspect", "-f", "{{.Id}} {{.State.StartedAt}}", container);

const replica = async () => {
  const { status } = await readSession(demo.cli, SESSION);
  return idOf(status.replica?.container ?? "there is no replica");
};

/** Through nginx, which keeps its connections to the shop. */
const ask = async (headers: Record<string, string> = {}) => {
  const answer = await get(`${demo.url}/health`, headers);
  expect(answer.status).toBe(200);
  return servedBy(answer);
};

/**
 * Ready again, alice at the replica, everybody else at the original. nginx may
 * have a connection from the moment between the app and its interceptor: it is
 * closed when it is silent, so she does not ask while there is one.
 */
const follows = async () => {
  await until(
    "alice is at the replica again",
    async () => {
      const { status } = await readSession(demo.cli, SESSION);
      if (status.oldConnections) return false;
      return (await ask(ALICE)) === `session=${SESSION}`;
    },
    40,
  );
  await until("the original is up", async () => (await ask()) === "original");
  // The way is proven anew after a change: alice is served a moment before that.
  await until("the session is Ready", async () => {
    const { status } = await readSession(demo.cli, SESSION);
    return status.phase === "Ready";
  });
};

/** It asks for the shop's address once, when it starts. */
const nginxAsksAgain = async () => {
  await demo.compose("restart", "-t", "1", "web");
  const address = await demo.compose("port", "web", "80");
  demo.url = `http://${address}`;
  await until("nginx answers", () => ask());
};

test.each([["up -d"], ["up -d --remove-orphans"]])(
  "`%s` must recreate and remove nothing",
  async (command) => {
    const before = await everything();
    await demo.compose(...command.split(" "));
    expect(await everything()).toBe(before);
    await follows();
  },
);

test("`restart` of the target must be followed", async () => {
  const before = await idOf(demo.name("shop"));
  await demo.compose("restart", "-t", "1", "shop");
  expect(await idOf(demo.name("shop"))).not.toBe(before);
  await follows();
});

test("`up --force-recreate` of the target must be followed", async () => {
  const before = await idOf(demo.name("shop"));
  await demo.compose("up", "-d", "--force-recreate", "-t", "1", "shop");
  expect(await idOf(demo.name("shop"))).not.toBe(before);
  await nginxAsksAgain();
  await follows();
});

test("`up` after a rebuild must be followed, with a replica of the new image", async () => {
  env["SIDESTEP_TEST_SHOP"] = await rebuilt("sidestep-demo-shop", "BUILD=2");
  await demo.compose("up", "-d", "-t", "1", "shop");
  expect(await envOf(demo.name("shop"))).toContain("BUILD=2");
  await nginxAsksAgain();
  await follows();
  expect(await envOf(`${demo.name("shop")}-sidestep-${SESSION}`)).toContain(
    "BUILD=2",
  );
});

test("every container of a scaled target must have an interceptor", async () => {
  await demo.compose("up", "-d", "--scale", "shop=3", "--no-recreate", "shop");
  await until(
    "there are three interceptors",
    async () => (await interceptors()).length === 3,
  );
  await demo.cli.ok("wait", `session/${SESSION}`, "--for=condition=Ready");
  for (const number of [1, 2, 3]) {
    const address = await docker(
      "inspect",
      "-f",
      "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
      demo.name("shop", number),
    );
    const url = `http://${address}:8000/health`;
    await until(`container ${number} answers`, () => get(url));
    expect(servedBy(await get(url, ALICE))).toBe(`session=${SESSION}`);
    expect(servedBy(await get(url))).toBe("original");
  }

  await demo.compose("up", "-d", "--scale", "shop=1", "--no-recreate", "shop");
  await until(
    "there is one interceptor",
    async () => (await interceptors()).length === 1,
  );
  await follows();
});

test("a sidecar that is killed and started must adopt what runs", async () => {
  const before = await replica();
  await docker("kill", demo.name("sidestep"));
  await docker("start", demo.name("sidestep"));
  await until("the session is there", () => replica());
  await follows();
  expect(await replica()).toBe(before);
  const [only] = await interceptors();
  expect(only).toBe(`${demo.name("shop")}-sidestep-port-8000`);
});

/** A request of alice that waits at a breakpoint. */
const paused = async () => {
  const answer = get(`${demo.url}/orders/7?pdb=1`, ALICE);
  answer.catch(() => undefined);
  const name = await until("alice is paused", () =>
    demo.cli.ok("get", "pauses", "-o", "name"),
  );
  return { name, answer };
};

test("a sidecar that is made anew from another image must end the session, say so, and serve the next one", async () => {
  const image = process.env["SIDESTEP_TEST_IMAGE"] ?? "sidestep-sidecar";
  env["SIDESTEP_TEST_IMAGE"] = await rebuilt(image, "BUILD=2");
  const { name, answer } = await paused();
  await demo.compose("up", "-d", "--wait", "sidestep");
  expect(await envOf(demo.name("sidestep"))).toContain("BUILD=2");
  // Whoever was at the prompt, or waited for the page, is let go.
  expect((await answer).status).toBe(200);
  expect(await ask(ALICE)).toBe("original");
  await nothingLeftAt([demo.name("shop")]);
  expect(await rulesIn(demo.name("shop"))).toEqual([]);
  const gone = await demo.cli.any(["attach", name]);
  expect(gone.code).not.toBe(0);
  const events = await demo.cli.ok("events", "--for", `session/${SESSION}`);
  expect(events).toContain("it ended when its sidecar was stopped, at ");
  await begin();
  await follows();
});

test("a sidecar that is stopped must put everything back first", async () => {
  await docker("stop", "-t", "30", demo.name("sidestep"));
  expect(await ask(ALICE)).toBe("original");
  await nothingLeftAt([demo.name("shop")]);
  expect(await rulesIn(demo.name("shop"))).toEqual([]);
});
