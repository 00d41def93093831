import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { Check } from "../../cli/doctor/check.js";
import { cliFor } from "./support/cli.js";
import { startKept } from "./support/kept.js";
import { inventory, rulesIn } from "./support/leftovers.js";
import { until } from "./support/poll.js";
import { docker, run, tryRun } from "./support/run.js";
import { startSidecar } from "./support/sidecar.js";
import { nothingLeftAt, openStage, type Stage } from "./support/stage.js";

// What would be in the way of a session must be told before one begins, with what to do.
let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => {
  await stage?.end();
});

const examine = async () => {
  const { stdout } = await stage.cli.any(["doctor", "-o", "json"]);
  const { items } = JSON.parse(stdout) as { items: Check[] };
  return (name: string) => items.filter(({ check }) => check === name);
};

describe("doctor", () => {
  test("must find everything as it should be, and leave nothing", async () => {
    const { name } = await stage.web();
    const before = await inventory();
    const { code, stdout, stderr } = await stage.cli.any(["doctor"]);
    // Other sidecars may be here, and not as well.
    const failures = stdout.match(/^failure /gm)?.length ?? 0;
    expect(code, stdout).toBe(failures > 0 ? 1 : 0);
    expect(stderr).toContain(`${failures} failure`);
    expect(stdout).toMatch(
      /^ok {7}engine: \S+ \(API 1\.\d+\) at unix:\/\/\/var\/run\/docker\.sock, context "default" \(by docker\)\n/,
    );
    expect(stdout).toMatch(/\nok {7}compose: 2\.\d+/);
    expect(stdout).toContain(
      `\nok       sidecar/${stage.sidecar.name}: version 0.1.0; direct, ${await stage.sidecar.url()}\n`,
    );
    expect(stdout).toContain("\nok       kernel: rules with nft_tproxy load\n");
    expect(stdout).toMatch(/\n(ok|warning) +old-connections: /);
    expect(stdout).toContain(
      `\nok       target/${name}: port 8000; python (gunicorn)`,
    );
    expect(await inventory()).toEqual(before);
    const yaml = await stage.cli.any(["doctor", "-o", "yaml"]);
    expect((parse(yaml.stdout) as { items: Check[] }).items).toContainEqual({
      check: "kernel",
      status: "ok",
      message: "rules with nft_tproxy load",
    });
  });

  test("--fix must take away all that a sidecar has left which was killed with its guard", async () => {
    const other = await startSidecar();
    const app = await startKept(stage);
    const { name } = await stage.web();
    const port = `${app.name}-sidestep-port-8000`;
    const state = () => docker("inspect", "-f", "{{.State.Status}}", app.name);
    try {
      await other.cli.ok(
        ...["debug", app.name, "--name", "alice", "--original", "pause"],
        ...["--match", "header:x-debug=alice", "--wait=false"],
      );
      await until("it is frozen, with rules, and guarded", async () => {
        const { containers } = await inventory();
        const guarded = containers.includes(`${other.name}-guard`);
        const rules = await rulesIn(app.name);
        return guarded && rules.length > 0 && (await state()) === "paused";
      });
      // First the one who would make the others anew.
      await docker("kill", other.name);
      await docker("kill", `${other.name}-guard`, port);
      // Of an interceptor that somebody has removed.
      const pid = await docker("inspect", "-f", "{{.State.Pid}}", name);
      const add = ["nft", "add table inet sidestep_9000"];
      await run("nsenter", ["-t", pid, "-n", ...add]);

      const told = await other.cli.any(["doctor"]);
      expect(told.code).toBe(1);
      expect(told.stdout).toContain(
        `failure  sidecar/${other.name}: it is not running: Exited (137)`,
      );
      const left = /leftovers: .*: (.*)\n.*fix: (.*)\n/.exec(told.stdout);
      expect(left?.[1]?.split(", ")).toEqual(
        expect.arrayContaining([
          ...[other.name, port, `${app.name}-sidestep-alice`],
          `volume ${other.volume}`,
        ]),
      );
      expect(left?.[2]).toBe("sidestep doctor --fix");

      const { code, stdout, stderr } = await other.cli.any(["doctor", "--fix"]);
      const failures = stdout.match(/^failure /gm)?.length ?? 0;
      expect(code, stdout).toBe(failures > 0 ? 1 : 0);
      for (const line of [
        `sidecar ${other.name} removed`,
        `container ${app.name} thawed`,
        `rules sidestep_8000 in ${app.name} removed`,
        `interceptor ${port} removed`,
        `replica ${app.name}-sidestep-alice removed (session/alice)`,
        `volume ${other.volume} removed`,
        `rules sidestep_9000 in ${name} removed`,
      ]) {
        expect(stderr).toContain(`s  ${line}\n`);
      }
      expect(stdout).toContain("ok       leftovers: none\n");
      // One that lives, and what is its own, is none of this.
      expect(stdout).toContain(`ok       sidecar/${stage.sidecar.name}: `);
      expect(stdout).not.toContain(`sidecar/${other.name}`);
      expect(await state()).toBe("running");
      expect(await rulesIn(app.name)).toEqual([]);
      expect(await rulesIn(name)).toEqual([]);
      await nothingLeftAt([app.name, other.name]);
    } finally {
      await tryRun("docker", ["rm", "-f", other.name]);
      await tryRun("docker", ["volume", "rm", "-f", other.volume]);
    }
  });

  test("must tell targets that are not as sessions need them", async () => {
    const { name } = await stage.web(
      ["--expose", "8001"],
      ["-b", "0.0.0.0:8001", "-b", "0.0.0.0:8000"],
    );
    const sleep = ["--entrypoint", "sleep"];
    const hidden = await stage.run([...sleep, "--network", "host"], ["100"]);
    const checker = await stage.run(
      [
        ...sleep,
        "--health-cmd",
        `curl -f http://${name}:8000/orders`,
        "--health-interval",
        "1h",
      ],
      ["100"],
    );
    const of = await examine();
    expect(of(`target/${name}`)).toEqual(
      expect.arrayContaining([
        {
          check: `target/${name}`,
          status: "warning",
          message: expect.stringContaining(
            "port 8000, 8001; python (gunicorn)",
          ) as string,
          fix: `sidestep debug ${name} --port 8000`,
        },
        {
          check: `target/${name}`,
          status: "warning",
          message: `the health check of ${checker} asks it for /orders: while it is paused, ${checker} gets no answer and becomes unhealthy`,
          fix: `sidestep debug ${name} --probe path=/orders`,
        },
      ]),
    );
    expect(of(`target/${hidden}`)).toMatchObject([
      {
        status: "warning",
        message: "it cannot be debugged: it uses the host's network",
      },
    ]);
  });

  test("must tell rules and containers that nobody looks after any more", async () => {
    const { name } = await stage.web();
    await docker(
      ...[
        "run",
        "--rm",
        "--network",
        `container:${name}`,
        "--cap-add",
        "NET_ADMIN",
      ],
      ...[
        "sidestep-sidecar",
        "nft",
        "add table inet sidestep_8000; add set inet sidestep_8000 live { type inet_service; }",
      ],
    );
    const left = `${name}-sidestep-left`;
    await docker(
      ...["create", "--name", left, "--label", "sidestep.role=replica"],
      ...[
        "--label",
        `sidestep.owner=${left}-volume`,
        "sidestep-sidecar",
        "true",
      ],
    );
    try {
      const of = await examine();
      expect(of("leftovers")).toMatchObject([
        {
          status: "warning",
          message: expect.stringContaining(left) as string,
          fix: "sidestep doctor --fix",
        },
      ]);
      const rules = of(`target/${name}`).find(({ message }) =>
        message.includes("sidestep_8000"),
      );
      // What it says to run does what it says.
      expect(rules?.fix).toMatch(/^docker run --rm /);
      await docker(...(rules?.fix ?? "").split(" ").slice(1));
      const after = await examine();
      expect(JSON.stringify(after(`target/${name}`))).not.toContain(
        "sidestep_",
      );
    } finally {
      await docker("rm", "-f", left);
    }
  });

  test("without an Engine it must fail, say so, and what to run", async () => {
    const env = { DOCKER_HOST: "unix:///nowhere/docker.sock" };
    const { code, stdout, stderr } = await stage.cli.any(["doctor"], { env });
    expect(code).toBe(1);
    expect(stdout).toBe(
      "failure  engine: The connection to the Docker Engine at /nowhere/docker.sock was refused - is it running?\n         fix: docker version\n",
    );
    expect(stderr).toBe("1 failure, 0 warnings\n");
  });

  test("a sidecar that has stopped must be a failure, with what to do", async () => {
    const name = await stage.run(
      [
        "-v",
        "/var/run/docker.sock:/var/run/docker.sock",
        "--entrypoint",
        "true",
      ],
      [],
      "sidestep-sidecar",
    );
    await docker("wait", name);
    const { stdout, code } = await cliFor(stage.sidecar.name).any(["doctor"]);
    expect(code).toBe(1);
    expect(stdout).toContain(
      `failure  sidecar/${name}: it is not running: Exited (0)`,
    );
    expect(stdout).toContain(
      `fix: docker start ${name}, or sidestep down --sidecar ${name}\n`,
    );
    await tryRun("docker", ["rm", "-f", name]);
  });
});
