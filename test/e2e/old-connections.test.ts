import { randomBytes } from "node:crypto";
import http from "node:http";
import net from "node:net";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import { startDemo, type Demo } from "./support/demo.js";
import { get, servedBy } from "./support/http.js";
import { ALICE, startKept } from "./support/kept.js";
import { until } from "./support/poll.js";
import { docker, tryRun } from "./support/run.js";
import { fixture, openStage, type App, type Stage } from "./support/stage.js";

const ONLY_ALICE = ["--match", "header:x-debug=alice"];

describe("behind nginx, which keeps its connections to the app", () => {
  let demo: Demo;
  afterEach(() => demo?.end());

  test("the first matched request of a session must be rerouted, each time", async () => {
    demo = await startDemo({ SIDESTEP_TARGET: "" });
    const page = `${demo.url}/orders/7`;
    for (const name of ["one", "two", "three"]) {
      await Promise.all(Array.from({ length: 6 }, () => get(page)));
      await demo.cli.ok("debug", "shop", ...ONLY_ALICE, "--name", name);
      expect(servedBy(await get(page, ALICE))).toBe(`session=${name}`);
      expect(servedBy(await get(page))).toBe("original");
      await demo.cli.ok("delete", "session", name);
    }
  });
});

describe("a client that has a connection to the app", () => {
  let stage: Stage;
  let app: App;
  let agent: http.Agent;
  const images: string[] = [];

  const open = async (image?: string) => {
    agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    stage = await openStage({}, image);
    app = await startKept(stage);
  };
  afterEach(async () => {
    agent?.destroy();
    await stage?.end();
  });
  afterAll(async () => {
    for (const image of images) await tryRun("docker", ["rmi", "-f", image]);
  });
  const old = async (session: string) => {
    const { status } = await stage.session(session);
    const condition = status.conditions.find(
      ({ type }) => type === "OldConnections",
    );
    return { count: status.oldConnections, message: condition?.message };
  };

  test("one in use must be counted and shown for as long as it lives", async () => {
    await open();
    // It has asked for nothing yet: it may do so at any time.
    const { port } = new URL(app.url);
    const socket = net.connect(Number(port), "127.0.0.1");
    await new Promise((resolve) => socket.once("connect", resolve));
    const debug = ["debug", app.name, ...ONLY_ALICE, "--name", "s"];
    const { stderr } = await stage.cli.any(debug);
    expect(stderr).toMatch(/warning: 1 connection to the app is older/);
    expect(await stage.cli.ok("get", "sessions", "-o", "wide")).toMatch(
      /OLD-CONNS\n.* 1$/,
    );
    expect(await stage.cli.ok("describe", "session", "s")).toMatch(
      /^Old conns: +1$[^]*OldConnections +True +NotRerouted/m,
    );
    socket.destroy();
    await until("it is gone", async () => (await old("s")).count === 0);
    expect((await old("s")).message).toBe(undefined);
    await stage.delete("s", app.name);
  });

  test("an idle one must be left alone with --cut-idle=false, and closed for a session without", async () => {
    await open();
    await get(app.url, {}, { agent });
    const [socket] = Object.values(agent.freeSockets).flat();
    const session = await stage.debug(
      ...[app.name, ...ONLY_ALICE, "--cut-idle=false"],
    );
    expect(await old(session)).toMatchObject({
      count: 1,
      message: expect.stringContaining("cutIdle: false") as string,
    });
    expect(servedBy(await get(app.url, ALICE, { agent }))).toBe("original");
    expect(servedBy(await get(app.url, ALICE))).toBe(`session=${session}`);
    expect(socket?.destroyed).toBe(false);
    const bob = ["--match", "header:x-debug=bob"];
    const other = await stage.debug(app.name, ...bob);
    await until("it is closed", () => socket?.destroyed);
    await until("it is gone", async () => (await old(session)).count === 0);
    await stage.cli.ok("delete", "session", session);
    await stage.delete(other, app.name);
  });

  test("where the kernel cannot close it, the session must say so, and what to do", async () => {
    const image = `t-${randomBytes(3).toString("hex")}-no-cut`;
    const sidecar = process.env["SIDESTEP_TEST_IMAGE"] ?? "sidestep-sidecar";
    const base = ["--build-arg", `SIDECAR=${sidecar}`];
    await docker("build", "-q", "-t", image, ...base, fixture("no-cut"));
    images.push(image);
    await open(image);
    await get(app.url, {}, { agent });
    const session = await stage.debug(app.name, ...ONLY_ALICE);
    const message = await until("it is told", async () => {
      const { message } = await old(session);
      return message?.includes("cannot") ? message : undefined;
    });
    expect(message).toMatch(
      /^1 connection to the app is older than the session \(from [0-9.]+\): requests on it are not rerouted, and this kernel cannot close such \(CONFIG_INET_DIAG_DESTROY\): restart the proxy in front, or lower its keep-alive$/,
    );
    await stage.delete(session, app.name);
  });
});
