import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, test } from "vitest";
import { cliFor, type Cli } from "./support/cli.js";
import { startApp } from "./support/demo.js";
import { get, servedBy } from "./support/http.js";
import { inventory, rulesIn } from "./support/leftovers.js";
import { until } from "./support/poll.js";
import { docker, tryRun } from "./support/run.js";
import { fixture, nothingLeftAt, published } from "./support/stage.js";

// A sidecar where no compose file has one: up, debug, down, and nothing is left.
const ALICE = { "x-debug": "alice" };
const project = `t-${randomBytes(3).toString("hex")}`;
const sidecar = `${project}-sidestep`;
const cli: Cli = cliFor(sidecar);
const UP = ["up", "--project", project];
const apps: string[] = [];

afterEach(async () => {
  await tryRun("docker", ["rm", "-f", "-v", sidecar, ...apps]);
  await cli.any(["down", "--force"]);
  await nothingLeftAt([sidecar, ...apps.splice(0)]);
});

/** The fixture app, as a service of the project where one is named. */
const startWeb = async (service?: string) => {
  const labels = service
    ? [
        `com.docker.compose.project=${project}`,
        `com.docker.compose.service=${service}`,
        "com.docker.compose.oneoff=False",
      ].flatMap((label) => ["--label", label])
    : [];
  const mount = ["-v", `${fixture("app")}:/fixture:ro`, "-w", "/fixture"];
  const name = await startApp(
    [...labels, ...mount, "-p", "127.0.0.1:0:8000", "--entrypoint", "gunicorn"],
    ["-b", "0.0.0.0:8000", "app"],
  );
  apps.push(name);
  const url = await published(name);
  await until("the app answers", () => get(url));
  return { name, url };
};

describe("sidestep up", () => {
  test("must make a sidecar that debugs any container, and down take all of it away", async () => {
    const { stdout, stderr } = await cli.any(UP);
    expect(stdout).toBe(`sidecar/${sidecar} created\n`);
    expect(stderr).toMatch(
      /^ +[\d.]+s {2}container \S+ is created, from sidestep-sidecar\n +[\d.]+s {2}it is running\n +[\d.]+s {2}its API answers: sidestep 0\.1\.0, Engine .*\n/,
    );
    // The project's services go by their bare names, other containers by theirs.
    const [service, alone] = await Promise.all([startWeb("shop"), startWeb()]);
    for (const [target, app] of [
      ["shop", service],
      [alone.name, alone],
    ] as const) {
      await cli.ok("debug", target, "--match", "header:x-debug=alice");
      expect(servedBy(await get(app.url, ALICE))).toMatch(/^session=/);
      expect(servedBy(await get(app.url))).toBe("original");
    }
    const sessions = await cli.ok("get", "sessions", "-o", "name");

    const down = await cli.any(["down"]);
    expect(down.code, down.stderr).toBe(0);
    expect(down.stdout).toBe(`sidecar/${sidecar} deleted\n`);
    for (const session of sessions.split("\n")) {
      expect(down.stderr).toContain(`${session} is put back\n`);
    }
    expect(down.stderr).toContain(`volume ${sidecar} removed\n`);
    await nothingLeftAt([sidecar, service.name, alone.name]);
    for (const app of [service, alone]) {
      expect(servedBy(await get(app.url, ALICE))).toBe("original");
      expect(await rulesIn(app.name)).toEqual([]);
    }
  });

  test("again, it must change nothing; stopped, it must be started", async () => {
    await cli.ok(...UP);
    const before = await docker(
      "inspect",
      "-f",
      "{{.Id}} {{.State.StartedAt}}",
      sidecar,
    );
    const again = await cli.any(UP);
    expect(again.stdout).toBe(`sidecar/${sidecar} unchanged\n`);
    expect(again.stderr).toMatch(/^it is up already: up /);
    expect(
      await docker("inspect", "-f", "{{.Id}} {{.State.StartedAt}}", sidecar),
    ).toBe(before);

    await docker("stop", sidecar);
    expect((await cli.any(["get", "sessions"])).stderr).toContain(
      `error: the sidecar "${sidecar}" is not running: it is exited\n`,
    );
    expect(await cli.ok(...UP)).toBe(`sidecar/${sidecar} started`);
    expect(await cli.ok("get", "sessions")).toBe("");
  });

  test("must publish its API on loopback only, at the port that was asked for", async () => {
    await cli.ok(...UP, "--port", "47007");
    expect(await docker("port", sidecar)).toBe("7007/tcp -> 127.0.0.1:47007");
    expect((await cli.any(["get", "sessions", "-v"])).stderr).toContain(
      "transport: direct, http://127.0.0.1:47007\n",
    );
    const other = cliFor(`${project}-b-sidestep`);
    const { code, stderr } = await other.any([
      "up",
      "--project",
      `${project}-b`,
      "--port",
      "47007",
    ]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      "error: port 47007 of the Engine's machine is in use\n",
    );
    const { containers } = await inventory();
    expect(containers).not.toContain(`${project}-b-sidestep`);
    await docker("volume", "rm", `${project}-b-sidestep`);
  });

  test("an image that is not there must be told, with how to build it", async () => {
    const { code, stderr } = await cli.any([...UP, "--image", "no/such:1"]);
    expect(code).toBe(1);
    expect(stderr).toBe(
      'error: the Docker Engine has no image "no/such:1"\nget it with: docker pull no/such:1\n',
    );
  });

  test("a sidecar that ends at once must be told with its own words", async () => {
    const { code, stderr } = await cli.any([...UP, "--socket", "/dev/null"]);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `error: the sidecar "${sidecar}" ended instead of starting\n  sidestep: `,
    );
    expect(stderr).toContain("take it away with: sidestep down\n");
    await cli.ok("down");
  });

  test("a container of that name that is no sidecar must be left alone", async () => {
    await startApp(["--entrypoint", "sleep"], ["60"], undefined, sidecar);
    const { code, stderr } = await cli.any(UP);
    expect(code).toBe(1);
    expect(stderr).toContain(
      `error: another container is named "${sidecar}", and is no sidecar\n`,
    );
    expect(await docker("inspect", "-f", "{{.State.Status}}", sidecar)).toBe(
      "running",
    );
  });
});

describe("sidestep down", () => {
  test("must be no error where there is nothing", async () => {
    const { code, stdout, stderr } = await cli.any(["down"]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
    expect(stderr).toContain(
      `no sidecar "${sidecar}" is here: there is nothing to take down\n`,
    );
  });

  test("--force must put back what a sidecar and its guard have left when both were killed", async () => {
    await cli.ok(...UP);
    const app = await startWeb();
    await cli.ok(
      "debug",
      app.name,
      "--name",
      "alice",
      "--original",
      "pause",
      "--match",
      "header:x-debug=alice",
      "--wait=false",
    );
    const state = () => docker("inspect", "-f", "{{.State.Status}}", app.name);
    await until(
      "the original is frozen",
      async () => (await state()) === "paused",
    );
    // Held, so that it starts no other guard; to the guard it is alive.
    // The kernel may not freeze one whose processes are just being started.
    await until("the sidecar is held", () => docker("pause", sidecar));
    await docker("rm", "-f", `${sidecar}-guard`);
    await docker("rm", "-f", sidecar);
    await docker("kill", `${app.name}-sidestep-port-8000`);

    const hint = await cli.any(["down"]);
    expect(hint.stderr).toContain("left by a sidecar that is gone: ");
    expect(hint.stderr).toContain("sidestep down --force\n");
    expect(await state()).toBe("paused");

    const { code, stderr } = await cli.any(["down", "--force"]);
    expect(code, stderr).toBe(0);
    expect(stderr).toContain(`container ${app.name} thawed\n`);
    expect(stderr).toContain(
      `interceptor ${app.name}-sidestep-port-8000 removed\n`,
    );
    expect(stderr).toContain(`rules sidestep_8000 in ${app.name} removed\n`);
    expect(stderr).toContain("(session/alice)\n");
    expect(stderr).toContain(`volume ${sidecar} removed\n`);
    expect(await state()).toBe("running");
    expect(servedBy(await get(app.url, ALICE))).toBe("original");
    expect(await rulesIn(app.name)).toEqual([]);
    await nothingLeftAt([sidecar, app.name]);
  });
});
