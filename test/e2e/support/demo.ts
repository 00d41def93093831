import { randomBytes } from "node:crypto";
import { cliFor, type Cli } from "./cli.js";
import { docker, run, type RunOptions } from "./run.js";

const FILES = [
  "-f",
  "docker-compose.yml",
  "-f",
  "test/e2e/support/override.yaml",
];

/** The demo stack under a project of its own. */
export interface Demo {
  project: string;
  /** Where nginx is, such as http://127.0.0.1:32768. */
  url: string;
  /** The container of a service, such as `t-abc-shop-1`. */
  name(service: string, number?: number): string;
  cli: Cli;
  compose(...args: string[]): Promise<string>;
  /** Takes the whole stack down, and its volumes. */
  end(): Promise<void>;
}

/** Starts the demo with its sidecar; green when its session is Ready. */
export async function startDemo(
  env: Record<string, string> = {},
  profile = true,
): Promise<Demo> {
  const project = `t-${randomBytes(3).toString("hex")}`;
  const options: RunOptions = { env };
  const base = ["compose", "-p", project, ...FILES, "--profile", "debug"];
  const compose = (...args: string[]) =>
    run("docker", [...base, ...args], options);
  const services = profile ? [] : ["web"];
  await compose("up", "-d", "--wait", ...services);
  const address = await compose("port", "web", "80");
  const name = (service: string, number = 1) =>
    `${project}-${service}-${number}`;
  return {
    project,
    url: `http://${address}`,
    name,
    cli: cliFor(name("sidestep")),
    compose,
    end: async () => {
      await compose("down", "-v", "--remove-orphans", "-t", "30");
    },
  };
}

/** An app of its own, without compose: the demo's image, another command. */
export async function startApp(
  args: string[],
  command: string[] = [],
  image = "sidestep-demo-shop",
  name = `t-${randomBytes(3).toString("hex")}`,
): Promise<string> {
  await docker("run", "-d", "--name", name, ...args, image, ...command);
  return name;
}
