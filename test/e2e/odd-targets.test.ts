import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { get, servedBy } from "./support/http.js";
import { until } from "./support/poll.js";
import { docker, run, tryRun } from "./support/run.js";
import {
  fixture,
  nothingLeftAt,
  openStage,
  published,
  told,
  type Stage,
} from "./support/stage.js";

const ALICE = { "x-debug": "alice" };
const project = `t-${randomBytes(3).toString("hex")}`;
// A network of its own for each run: 10.64.0 to 10.127.255.
const [high, low] = randomBytes(2) as unknown as [number, number];
const env = {
  ODD_NETWORK: `10.${64 + (high % 64)}.${low}`,
  ODD_PASSWORD: "open sesame",
};
const compose = (...args: string[]) =>
  run("docker", ["compose", "-p", project, "-f", FILE, ...args], { env });
const FILE = fixture("odd/compose.yaml");

let stage: Stage;
beforeAll(async () => {
  [stage] = await Promise.all([openStage(), compose("up", "-d")]);
});
afterAll(async () => {
  try {
    await stage?.end();
  } finally {
    await tryRun(
      "docker",
      ["compose", "-p", project, "-f", FILE, "down", "-v"],
      { env },
    );
  }
  await nothingLeftAt([project]);
});

/** A session on a service, which is used and deleted. */
interface Debugged {
  original: string;
  replica: string;
  /** What the fixture app answers at a path: in the replica, in the original. */
  ask: (path: string) => Promise<Record<string, unknown>>;
  askOriginal: (path: string) => Promise<Record<string, unknown>>;
}

const debugged = async (
  service: string,
  use: (session: Debugged) => Promise<void>,
  publisher = service,
): Promise<void> => {
  const original = `${project}-${service}-1`;
  const url = await published(`${project}-${publisher}-1`);
  const name = await stage.debug(
    `${project}/${service}`,
    "--match",
    "header:x-debug=alice",
  );
  const asked = async (path: string, headers: object, who: string) => {
    const answer = await get(`${url}${path}`, { ...headers });
    expect(servedBy(answer)).toBe(who);
    expect(answer.status).toBe(200);
    return told(answer);
  };
  const ask = (path: string) => asked(path, ALICE, `session=${name}`);
  const askOriginal = (path: string) => asked(path, {}, "original");
  const replica = `${original}-sidestep-${name}`;
  await use({ original, replica, ask, askOriginal });
  await stage.delete(name, original);
  expect(servedBy(await get(url, ALICE))).toBe("original");
};

const inspect = async <T>(container: string, format: string): Promise<T> =>
  JSON.parse(
    await docker("inspect", "-f", `{{json ${format}}}`, container),
  ) as T;

const addressOf = (container: string, network: string) =>
  inspect<string>(
    container,
    `(index .NetworkSettings.Networks "${network}").IPAddress`,
  );

describe.concurrent("the replica of", () => {
  test("a shell entrypoint with exec must run what the shell would", () =>
    debugged("shell", async ({ ask }) => {
      const { env } = await ask("/");
      expect(env).toMatchObject({ SAID: "by the shell" });
    }));

  test("an anonymous volume must see its data, and leave it there", () =>
    debugged("anonymous-volume", async ({ ask, askOriginal, ...names }) => {
      await askOriginal("/write?path=/data/ours&text=original");
      expect(await ask("/read?path=/data/ours")).toEqual({ text: "original" });
      await ask("/write?path=/data/theirs&text=replica");
      await docker("rm", "-f", "-v", names.replica);
      expect(await askOriginal("/read?path=/data/theirs")).toEqual({
        text: "replica",
      });
      await until("there is a new replica", () =>
        ask("/read?path=/data/ours").catch(() => undefined),
      );
    }));

  test("a tmpfs must have one of its own", () =>
    debugged("tmpfs", async ({ ask, askOriginal }) => {
      await ask("/write?path=/scratch/a&text=mine");
      await askOriginal("/write?path=/scratch/a&text=another");
      expect(await ask("/read?path=/scratch/a")).toEqual({ text: "mine" });
      const { mounts } = await ask("/");
      expect(mounts).toContainEqual([
        "/scratch",
        "tmpfs",
        expect.stringContaining("rw"),
      ]);
    }));

  test("a read-only root must be read-only too, and run", () =>
    debugged("read-only", async ({ ask }) => {
      const { mounts } = await ask("/");
      expect(mounts).toContainEqual([
        "/",
        "overlay",
        expect.stringMatching(/^ro/),
      ]);
    }));

  test("another user must run as that user", () =>
    debugged("user", async ({ ask }) => {
      expect(await ask("/")).toMatchObject({ uid: 12345 });
    }));

  test("two networks must reach both, and answer to no name of the service", () =>
    debugged("two-networks", async ({ ask, original }) => {
      const own = [`${project}_default`, `${project}_back`];
      const addresses = await Promise.all(
        own.map((network) => addressOf(original, network)),
      );
      const answered = await ask("/resolve?name=two-networks");
      expect(addresses).toEqual(
        expect.arrayContaining(answered["addresses"] as string[]),
      );
      expect(await ask("/resolve?name=behind")).toEqual({
        addresses: [await addressOf(`${project}-behind-1`, own[1]!)],
      });
      expect(await ask("/resolve?name=user")).toEqual({
        addresses: [await addressOf(`${project}-user-1`, own[0]!)],
      });
    }));

  test("the default bridge must be on it", () =>
    debugged("default-bridge", async ({ ask, replica }) => {
      await ask("/");
      const networks = await inspect<object>(
        replica,
        ".NetworkSettings.Networks",
      );
      expect(Object.keys(networks)).toEqual(["bridge"]);
    }));

  test("another container's network must be reached by that container's port", () =>
    debugged(
      "joined",
      async ({ ask, replica }) => {
        await ask("/");
        const mode = await inspect<string>(replica, ".HostConfig.NetworkMode");
        expect(mode).toBe(`${project}_default`);
      },
      "pod",
    ));

  test("a supervised, published app must be neither", () =>
    debugged("supervised", async ({ ask, replica }) => {
      await ask("/");
      expect(await inspect(replica, ".State.Health")).toBeNull();
      expect(await inspect(replica, ".HostConfig.RestartPolicy.Name")).toBe(
        "no",
      );
      expect(await inspect(replica, ".HostConfig.PortBindings")).toEqual({});
      expect(await inspect(replica, ".Config.Labels")).toMatchObject({
        "traefik.enable": "false",
        "traefik.http.routers.odd.rule": "",
      });
    }));

  test("a host name of its own must not answer to it", () =>
    debugged("named-host", async ({ ask, askOriginal, original }) => {
      expect(await askOriginal("/")).toMatchObject({ host: "odd-host" });
      expect((await ask("/"))["host"]).not.toBe("odd-host");
      expect(await ask("/resolve?name=odd-host")).toEqual({
        addresses: [await addressOf(original, `${project}_default`)],
      });
    }));

  test("a static address must have another one", () =>
    debugged("static-address", async ({ ask, replica, original }) => {
      await ask("/");
      const network = `${project}_fixed`;
      expect(await addressOf(original, network)).toBe(`${env.ODD_NETWORK}.10`);
      expect(await addressOf(replica, network)).toMatch(
        new RegExp(`^${env.ODD_NETWORK}\\.(?!10$)\\d+$`),
      );
    }));

  test("an init process must have one", () =>
    debugged("init", async ({ ask }) => {
      expect(await ask("/")).toMatchObject({ init: "docker-init" });
    }));

  test("a secret from the environment must have it", () =>
    debugged("secret", async ({ ask }) => {
      expect(await ask("/read?path=/run/secrets/password")).toEqual({
        text: env.ODD_PASSWORD,
      });
    }));
});
