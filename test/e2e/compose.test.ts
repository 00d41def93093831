import { afterAll, beforeAll, expect, test } from "vitest";
import { startDemo, type Demo } from "./support/demo.js";
import { get, servedBy } from "./support/http.js";
import { rulesIn } from "./support/leftovers.js";
import { until } from "./support/poll.js";
import { docker } from "./support/run.js";
import { nothingLeftAt, readSession } from "./support/stage.js";

const ALICE = { "x-debug": "alice" };
const SESSION = "alice";

// What people do with compose while a session is Ready: the session follows.
let demo: Demo;
beforeAll(async () => {
  demo = await startDemo({ SIDESTEP_TARGET: "" });
  await demo.cli.ok(
    "debug",
    "shop",
    "--name",
    SESSION,
    "--match",
    "header:x-debug=alice",
  );
});
afterAll(async () => {
  await demo?.end();
  if (demo) await nothingLeftAt([demo.project]);
});

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
  // nginx asks for the shop's address once, when it starts.
  await demo.compose("restart", "-t", "1", "web");
  const address = await demo.compose("port", "web", "80");
  demo.url = `http://${address}`;
  await until("nginx answers", () => ask());
  await follows();
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

test("a sidecar that is stopped must put everything back first", async () => {
  await docker("stop", "-t", "30", demo.name("sidestep"));
  expect(await ask(ALICE)).toBe("original");
  await nothingLeftAt([demo.name("shop")]);
  expect(await rulesIn(demo.name("shop"))).toEqual([]);
});
