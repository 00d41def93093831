import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { get, servedBy } from "./support/http.js";
import { startLoad } from "./support/load.js";
import { until } from "./support/poll.js";
import { docker } from "./support/run.js";
import {
  fixture,
  openStage,
  published,
  told,
  type Stage,
} from "./support/stage.js";

const MATCH = ["--match", "header:x-debug=alice"];
const ALICE = { "x-debug": "alice" };

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => {
  await stage?.end();
});

const condition = async (session: string, type: string) => {
  const { status } = await stage.session(session);
  return status.conditions.find((each) => each.type === type);
};

const inspect = (container: string, format: string) =>
  docker("inspect", "-f", `{{${format}}}`, container);

// What fails leaves the app as it was, and says what happened.
describe.concurrent("a session that fails", () => {
  test("a kernel without TPROXY must fail it with the reason, and nothing else", async () => {
    const image = `t-${randomBytes(3).toString("hex")}-no-tproxy`;
    await docker("build", "-q", "-t", image, fixture("no-tproxy"));
    const lacking = await openStage({}, image);
    try {
      const { name, url } = await lacking.web();
      const { code, stderr } = await lacking.cli.any([
        "debug",
        name,
        "--name",
        "lacking",
      ]);
      expect(code).toBe(1);
      expect(stderr).toContain('error: session "lacking" failed: nft said:');
      expect(stderr).toContain("modprobe nft_tproxy");
      const said = await lacking.cli.ok("describe", "session", "lacking");
      expect(said).toMatch(/^Phase: +Failed$/m);
      expect(said).toMatch(
        /^ +Routed +False +TakeoverUnsupported +\S+ +nft said: .+ load it on the host with `modprobe nft_tproxy`/m,
      );
      expect(servedBy(await get(url))).toBe("original");
      await lacking.delete("lacking", name);
    } finally {
      await lacking.end();
      await docker("rmi", "-f", image);
    }
  });

  test("a replica that ends at its start must leave its last words and exit code", async () => {
    const { name, url } = await stage.web();
    const { code, stderr } = await stage.cli.any([
      "debug",
      name,
      "--name",
      "broken",
      "--",
      "sh",
      "-c",
      "echo no licence for a second instance; exit 3",
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      'error: session "broken" failed: the replica ended: exit code 3; traffic is at the original\n' +
        "  no licence for a second instance\n",
    );
    const said = await stage.cli.ok("describe", "session", "broken");
    expect(said).toMatch(/^Phase: +Failed$/m);
    expect(said).toMatch(/ReplicaRunning +False +Exited .*exit code 3/);
    expect(said).toContain("Last log lines:\n  no licence for a second");
    expect(servedBy(await get(url))).toBe("original");
    await stage.delete("broken", name);
  });

  test("a replica that is killed must harm nobody, and keep nobody waiting", async () => {
    const { name, url } = await stage.web();
    const session = await stage.debug(name, ...MATCH);
    const others = startLoad(url);
    const alice = startLoad(url, ALICE);
    let killed = 0;
    try {
      await until("the replica serves", () => {
        return alice.report.by[`session=${session}`];
      });
      killed = Date.now();
      await docker("kill", `${name}-sidestep-${session}`);
      await until("it has failed", async () => {
        return (await stage.session(session)).status.phase === "Failed";
      });
      await until("alice is served by the original", () => {
        return alice.report.by["original"];
      });
    } finally {
      await Promise.all([others.stop(), alice.stop()]);
    }
    // What was on its way to the replica has an answer by now, too.
    expect(Date.now() - killed).toBeLessThan(15_000);
    // Only an answer that had begun could not be taken elsewhere.
    expect(alice.report.failures.length).toBeLessThanOrEqual(2);
    expect(others.report.failures).toEqual([]);
    expect(Object.keys(others.report.by)).toEqual(["original"]);
    expect((await stage.session(session)).status.phase).toBe("Failed");
    const said = await stage.cli.ok("describe", "session", session);
    expect(said).toMatch(/ReplicaRunning +False +Exited .*killed by SIGKILL/);
    const answer = await get(url, ALICE);
    expect([answer.status, servedBy(answer)]).toEqual([200, "original"]);
    await stage.delete(session, name);
  });
});

describe.concurrent("an app that loads no kit", () => {
  const NO_KIT = {
    status: "False",
    reason: "KitNotLoaded",
    message: expect.stringContaining(
      "the app has not loaded the kit, as far as can be seen, so breakpoint() may not pause",
    ) as string,
  };

  test("nginx must be rerouted all the same, and say so", async () => {
    const name = await stage.run(
      [
        "-p",
        "127.0.0.1:0:80",
        "-v",
        `${fixture("static/nginx.conf")}:/etc/nginx/nginx.conf:ro`,
      ],
      [],
      "sidestep-demo-web",
    );
    const url = await published(name, 80);
    await until("it answers", () => get(url));
    const session = await stage.debug(name, ...MATCH);
    const answer = await get(url, ALICE);
    expect([answer.body, servedBy(answer)]).toEqual([
      "static\n",
      `session=${session}`,
    ]);
    expect(servedBy(await get(url))).toBe("original");
    expect(await condition(session, "Debuggable")).toMatchObject(NO_KIT);
    await stage.delete(session, name);
  });

  test("`python3 -S` must be rerouted all the same, and say so", async () => {
    const name = await stage.run(
      [
        "-p",
        "127.0.0.1:0:8000",
        "-v",
        `${fixture("app")}:/fixture:ro`,
        "--entrypoint",
        "python3",
      ],
      ["-S", "/fixture/app.py"],
    );
    const url = await published(name);
    await until("it answers", () => get(url));
    const session = await stage.debug(name, ...MATCH);
    expect(servedBy(await get(url, ALICE))).toBe(`session=${session}`);
    expect(servedBy(await get(url))).toBe("original");
    expect(await condition(session, "Debuggable")).toMatchObject(NO_KIT);
    await stage.delete(session, name);
  });
});

describe.concurrent("what a session may be told", () => {
  test("`--env` and a command must be in force in the replica alone", async () => {
    const { name, url } = await stage.web(["-e", "COLOUR=red"]);
    const session = await stage.debug(
      name,
      ...MATCH,
      "--env",
      "COLOUR=blue",
      "--env",
      "EMPTY=",
      "--",
      "gunicorn",
      "-b",
      "0.0.0.0:8000",
      "--env",
      "BY_COMMAND=yes",
      "app",
    );
    const env = async (headers = {}) => told(await get(url, headers))["env"];
    expect(await env(ALICE)).toMatchObject({
      COLOUR: "blue",
      EMPTY: "",
      BY_COMMAND: "yes",
    });
    expect(await env()).toMatchObject({ COLOUR: "red" });
    expect(await env()).not.toHaveProperty("BY_COMMAND");
    await stage.delete(session, name);
  });

  test("`--ttl` must end it by itself", async () => {
    const { name, url } = await stage.web();
    const begin = Date.now();
    const session = await stage.debug(
      name,
      ...MATCH,
      "--ttl",
      "3s",
      "--wait=false",
    );
    await stage.cli.ok("wait", `session/${session}`, "--for=delete");
    expect(Date.now() - begin).toBeGreaterThan(2_500);
    expect(servedBy(await get(url, ALICE))).toBe("original");
    const { stderr } = await stage.cli.any(["get", "session", session]);
    expect(stderr).toContain("(NotFound)");
  });

  test("`--original pause` must freeze it once Ready, and thaw it at the end", async () => {
    const { name, url } = await stage.web();
    const session = await stage.debug(name, "--original", "pause");
    await until("the original is frozen", async () => {
      return (await inspect(name, ".State.Paused")) === "true";
    });
    expect(servedBy(await get(url))).toBe(`session=${session}`);
    await stage.delete(session, name);
    expect(await inspect(name, ".State.Paused")).toBe("false");
    expect(servedBy(await get(url))).toBe("original");
  });

  test("a frozen original must thaw when the sidecar is killed", async () => {
    const mortal = await openStage();
    const { name, url } = await mortal.web();
    try {
      await mortal.debug(name, "--original", "pause");
      await until("the original is frozen", async () => {
        return (await inspect(name, ".State.Paused")) === "true";
      });
      await docker("kill", mortal.sidecar.name);
      const killed = Date.now();
      await until("the original is thawed", async () => {
        return (await inspect(name, ".State.Paused")) === "false";
      });
      expect(Date.now() - killed).toBeLessThan(10_000);
      const answer = await get(url);
      expect([answer.status, servedBy(answer)]).toEqual([200, "original"]);
    } finally {
      await mortal.end();
    }
  });
});
