import { randomBytes } from "node:crypto";
import { cliFor, type Cli } from "../e2e/support/cli.js";
import { until } from "../e2e/support/poll.js";
import { docker, run } from "../e2e/support/run.js";
import type { Undo } from "./undo.js";

const FILES = [
  "-f",
  "docker-compose.yml",
  "-f",
  "test/e2e/support/override.yaml",
];

/** The demo stack, with a sidecar that comes and goes and has no session of its own. */
export interface Stack {
  project: string;
  /** The network that all of it is on. */
  network: string;
  cli: Cli;
  /** The container of a service, such as `bench-abc-shop-1`. */
  name(service: string): string;
  compose(...args: string[]): Promise<string>;
  startSidecar(): Promise<void>;
  /** Returns when nothing of ours is left, the guard included. */
  stopSidecar(): Promise<void>;
  /** Starts one more container on the network, to be removed at the end. */
  start(name: string, ...args: string[]): Promise<void>;
}

/** Starts the demo without its sidecar. */
export async function startStack(undo: Undo): Promise<Stack> {
  const project = `bench-${randomBytes(3).toString("hex")}`;
  const network = `${project}_default`;
  const compose = (...args: string[]) =>
    run("docker", ["compose", "-p", project, ...FILES, ...args], {
      env: { SIDESTEP_TARGET: "", COMPOSE_PROFILES: "debug" },
    });
  const stopSidecar = async () => {
    await compose("rm", "--stop", "--force", "sidestep");
    await until("nothing of the sidecar is left", async () => {
      const left = await ours(project);
      return left.length === 0;
    });
  };
  const starting = compose("up", "-d", "--wait", "web");
  undo.add(async () => {
    await starting.catch(() => undefined);
    await stopSidecar();
    await compose("down", "-v", "--rmi", "local", "-t", "10");
  });
  await starting;
  return {
    project,
    network,
    cli: cliFor(`${project}-sidestep-1`),
    name: (service) => `${project}-${service}-1`,
    compose,
    startSidecar: async () => {
      await compose("up", "-d", "--wait", "sidestep");
    },
    stopSidecar,
    start: async (name, ...args) => {
      const remove = () => docker("rm", "--force", "--volumes", name);
      undo.add(() => started.catch(() => undefined).then(remove));
      const started = docker("run", "--detach", "--name", name, ...args);
      await started;
    },
  };
}

/** The containers that the sidecar of a project made, and itself: their names. */
export async function ours(project: string, role?: string): Promise<string[]> {
  const only = role === undefined ? [] : ["-f", `label=sidestep.role=${role}`];
  const names = ["sidestep.owner", "com.docker.compose.project"].map(
    (label) => {
      const value =
        label === "sidestep.owner" ? `${project}_sidestep` : project;
      return docker(
        ...["ps", "-a", "--format", "{{.Names}}", "-f", "label=sidestep.role"],
        ...["-f", `label=${label}=${value}`, ...only],
      );
    },
  );
  const lines = (await Promise.all(names)).join("\n").split("\n");
  return [...new Set(lines.filter(Boolean))];
}

/** A container's address on its network. */
export async function addressOf(
  container: string,
  network: string,
): Promise<string> {
  const path = `{{(index .NetworkSettings.Networks "${network}").IPAddress}}`;
  return docker("inspect", "-f", path, container);
}
