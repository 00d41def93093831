import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startDemo, type Demo } from "./support/demo.js";
import { get, servedBy } from "./support/http.js";
import { inventory, rulesIn } from "./support/leftovers.js";
import { ALICE, startKept } from "./support/kept.js";
import { startKeptLoad, startPipelines } from "./support/kept-load.js";
import { startLoad } from "./support/load.js";
import { until } from "./support/poll.js";
import { docker, tryRun } from "./support/run.js";
import {
  openStage,
  readSession,
  type App,
  type Stage,
} from "./support/stage.js";

// Everything goes back, whoever dies: promise 3.
describe("with requests of alice rerouted", () => {
  let demo: Demo;
  const alice = { "x-debug": "alice" };

  beforeEach(async () => {
    demo = await startDemo({ SIDESTEP_MATCH: "header:x-debug=alice" });
  });
  afterEach(async () => {
    await demo?.end();
  });

  const interceptor = () => `${demo.name("shop")}-sidestep-port-8000`;
  const containers = async () =>
    (await inventory()).containers.filter((c) => c.startsWith(demo.project));
  const aliceIsServedBy = (who: string, at = demo.url) =>
    until(`alice is served by ${who} at ${at}`, async () => {
      const answer = await get(`${at}/orders/7`, alice);
      return answer.status === 200 && servedBy(answer) === who;
    });
  const pauseOfAlice = async () => {
    const answer = get(`${demo.url}/orders/7?pdb=1`, alice);
    answer.catch(() => undefined);
    await until("alice is paused", () =>
      demo.cli.ok("get", "pauses", "-o", "name"),
    );
    // In an object: a promise returned as it is would be waited for.
    return { answer };
  };

  test("`delete` under a load of new connections must not fail one request", async () => {
    await aliceIsServedBy("session=shop");
    const load = startLoad(`${demo.url}/orders/7`, alice);
    const others = startLoad(`${demo.url}/orders/8`);
    await until(
      "the load runs",
      () => (load.report.by["session=shop"] ?? 0) > 20,
    );
    expect(await demo.cli.ok("delete", "session", "shop")).toContain(
      'session "shop" deleted',
    );
    const first = await get(`${demo.url}/orders/7`, alice);
    expect(servedBy(first)).toBe("original");
    await until(
      "alice is at the original",
      () => (load.report.by["original"] ?? 0) > 20,
    );
    expect((await load.stop()).failures).toEqual([]);
    expect((await others.stop()).failures).toEqual([]);
    expect(Object.keys(others.report.by)).toEqual(["original"]);
    expect(await rulesIn(demo.name("shop"))).toEqual([]);
    // The guard goes a moment after the last session that it was for.
    const own = ["db", "shop", "sidestep", "web"].map((service) =>
      demo.name(service),
    );
    await until("only the demo's own are left", async () => {
      expect(await containers()).toEqual(own);
      return true;
    });
  });

  test("SIGKILL of the interceptor must fail no new request, and the session come back", async () => {
    await aliceIsServedBy("session=shop");
    const load = startLoad(`${demo.url}/orders/8`, { connection: "close" });
    await until("the load runs", () => (load.report.by["original"] ?? 0) > 50);
    const before = await docker("inspect", "-f", "{{.Id}}", interceptor());
    await docker("kill", "-s", "KILL", interceptor());
    const dead = Date.now();
    await until("another interceptor is there", async () => {
      const { stdout } = await tryRun("docker", [
        "inspect",
        "-f",
        "{{.Id}}",
        interceptor(),
      ]);
      return stdout.trim() !== "" && stdout.trim() !== before;
    });
    // On a connection of her own: nginx has some from the time without an
    // interceptor, and the load keeps them busy.
    const ip = await docker(
      "inspect",
      "-f",
      "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
      demo.name("shop"),
    );
    await aliceIsServedBy("session=shop", `http://${ip}:8000`);
    const { failures } = await load.stop();
    // Now they are silent, and closed: her first request that comes by nginx is rerouted.
    await until("no connection is older", async () => {
      const { status } = await readSession(demo.cli, "shop");
      return !status.oldConnections;
    });
    const first = await get(`${demo.url}/orders/7`, alice);
    expect(servedBy(first)).toBe("session=shop");
    // What a dying process has in its hands dies with it: at most one request
    // of each worker. Whatever begins after that must be answered.
    expect(failures.filter(({ began }) => began > dead)).toEqual([]);
    expect(failures.length).toBeLessThanOrEqual(2);

    // Whoever is at a prompt then is told that nobody waits any more.
    await pauseOfAlice();
    await docker("kill", "-s", "KILL", interceptor());
    await until("her pause has lost its client", async () =>
      (await demo.cli.ok("describe", "pause", "shop-1")).includes("has gone"),
    );
    const events = await demo.cli.ok("events", "--for", "session/shop");
    expect(events).toMatch(/Warning +InterceptorLost +session\/shop/);
    expect(events).toMatch(/Warning +ClientGone +pause\/shop-1/);
    await demo.cli.ok("continue");
  });

  test("SIGKILL of the sidecar must let the paused request go on, and leave nothing", async () => {
    const { answer } = await pauseOfAlice();
    const begin = Date.now();
    await docker("kill", "-s", "KILL", demo.name("sidestep"));
    await aliceIsServedBy("original");
    expect(Date.now() - begin).toBeLessThan(5_000);
    expect((await answer).status).toBe(200);
    // Nobody started it again: its guard takes away what it left.
    await until(
      "nothing of it is left",
      async () => {
        const left = await containers();
        return left.every(
          (name) =>
            !name.includes("-sidestep-port") &&
            !name.endsWith("-guard") &&
            !name.endsWith("sidestep-shop"),
        );
      },
      40,
    );
    expect(await rulesIn(demo.name("shop"))).toEqual([]);
  });

  test("a sidecar that is started again after SIGKILL must adopt the session", async () => {
    await aliceIsServedBy("session=shop");
    const replica = `${demo.name("shop")}-sidestep-shop`;
    const before = await docker("inspect", "-f", "{{.Id}}", replica);
    await docker("kill", "-s", "KILL", demo.name("sidestep"));
    await docker("start", demo.name("sidestep"));
    await aliceIsServedBy("session=shop");
    expect(await docker("inspect", "-f", "{{.Id}}", replica)).toBe(before);
    const { answer } = await pauseOfAlice();
    await demo.cli.ok("continue");
    expect((await answer).status).toBe(200);

    // As after a restart of the Engine, which ends replicas too.
    await docker("kill", "-s", "KILL", demo.name("sidestep"));
    await docker("kill", "-s", "KILL", replica);
    await docker("start", demo.name("sidestep"));
    await aliceIsServedBy("session=shop");
    expect(await docker("inspect", "-f", "{{.Id}}", replica)).not.toBe(before);
  });

  test("`docker rm -f` of the sidecar must put everything back", async () => {
    await aliceIsServedBy("session=shop");
    await docker("rm", "-f", demo.name("sidestep"));
    await aliceIsServedBy("original");
    await until(
      "nothing of it is left",
      async () => {
        const { volumes } = await inventory();
        const left = await containers();
        return (
          left.length === 3 && !volumes.includes(`${demo.project}_sidestep`)
        );
      },
      30,
    );
  });

  test("`down` in the middle of a pause must leave nothing of ours", async () => {
    const before = await inventory();
    const { answer } = await pauseOfAlice();
    const down = demo.compose("down");
    const outcome = await answer.then(
      (a) => a.status,
      () => 0,
    );
    await down;
    // nginx is stopped at the same time: it may be gone before the answer.
    expect([200, 0, 502]).toContain(outcome);
    await until("all is gone", async () => {
      const now = await inventory();
      return [...now.containers, ...now.networks, ...now.volumes].every(
        (name) => !name.startsWith(demo.project),
      );
    });
    expect(before.containers).toContain(interceptor());
  });

  test("Ctrl-C in `debug --attach --rm` must put everything back and say so", async () => {
    const terminal = demo.cli.tty(
      "debug",
      "shop",
      "--name",
      "bob",
      "--match",
      "header:x-debug=bob",
      "--attach",
      "--rm",
    );
    const bob = { "x-debug": "bob" };
    await until("bob is served by his replica", async () => {
      const answer = await get(`${demo.url}/orders/7`, bob);
      return servedBy(answer) === "session=bob";
    });
    const answer = get(`${demo.url}/orders/7?pdb=1`, bob);
    await terminal.sees("(Pdb) ");
    terminal.enter("p order.total");
    await terminal.sees("Decimal('106.85')");
    terminal.enter("c");
    expect((await answer).status).toBe(200);
    await terminal.sees("the thread went on");
    terminal.type("\x03");
    expect(await terminal.ends(40)).toBe(130);
    expect(terminal.output).toContain("everything is back");
    expect(await demo.cli.ok("get", "sessions", "-o", "name")).toBe(
      "session/shop",
    );
    expect(servedBy(await get(`${demo.url}/orders/7`, bob))).toBe("original");
    expect(await containers()).not.toContain(
      `${demo.name("shop")}-sidestep-bob`,
    );
  });
});

// Going back under load: on kept connections too, not one request may fail.
describe("with clients that keep their connections to the app itself", () => {
  let stage: Stage;
  let app: App;

  beforeEach(async () => {
    stage = await openStage();
    app = await startKept(stage);
  });
  afterEach(async () => {
    await stage?.end();
  });

  test("`delete` must fail no POST, pipelined or not, and no download", async () => {
    const session = await stage.debug(
      ...[app.name, "--match", "header:x-debug=alice"],
      ...["--concurrency", "threads"],
    );
    const clients = [0, 10, 50, 200, 1_500, 3_000].flatMap((pause) => [
      { pause },
      { pause, headers: ALICE },
    ]);
    const kept = startKeptLoad(app.url, clients);
    const pipelines = startPipelines(app.url, 3);
    await until("the load runs", () => kept.report.done > 300);
    const download = `${app.url}/download?kb=2000&seconds=8`;
    const downloads = [get(download), get(download, ALICE)];
    for (const each of downloads) each.catch(() => undefined);
    await until("they are in progress", async () => {
      const { requests } = (await stage.session(session)).status;
      return requests.replica > 100;
    });
    const began = Date.now();
    await stage.delete(session, app.name);
    const seconds = (Date.now() - began) / 1000;
    const [plain, matched] = await Promise.all(downloads);
    const before = kept.report.done;
    await until(
      "the load goes on at the original",
      () => kept.report.done > before + 300,
    );
    await Promise.all([kept.stop(), pipelines.stop()]);
    expect(kept.report.failures).toEqual([]);
    expect(pipelines.report.failures).toEqual([]);
    expect(pipelines.report.done).toBeGreaterThan(100);
    expect([plain?.body.length, matched?.body.length]).toEqual([
      2_000 * 1024,
      2_000 * 1024,
    ]);
    expect(matched && servedBy(matched)).toBe(`session=${session}`);
    expect(seconds).toBeLessThan(20);
  });

  test("a stream that does not end must be closed after 30 s, and that be told", async () => {
    const session = await stage.debug(
      ...[app.name, "--match", "header:x-debug=alice"],
    );
    const stream = fetch(`${app.url}/events`, { headers: ALICE });
    const reader = (await stream).body!.getReader();
    let last = 0;
    const ended = (async () => {
      while (!(await reader.read()).done) last = Date.now();
    })().catch(() => undefined);
    await until("it runs", () => last > 0);
    const began = Date.now();
    await stage.delete(session, app.name);
    await ended;
    const seconds = (last - began) / 1000;
    expect(seconds).toBeGreaterThan(25);
    expect(seconds).toBeLessThan(35);
    expect(await stage.sidecar.logs()).toMatch(
      /ConnectionsCut: 1 connections were in use .*: GET \/events from/,
    );
  });
});
