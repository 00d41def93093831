import { docker, run } from "../e2e/support/run.js";
import type { Stack } from "./stack.js";

const IMAGE = "sidestep-bench";
const CONNECTIONS = 32;

/** What wrk measured of one address. */
export interface Throughput {
  perSecond: number;
  /** Milliseconds. */
  p99: number;
  /** Connections that broke, and answers other than 2xx and 3xx. */
  errors: number;
}

/** A load from a container on the stack's network. */
export type Wrk = (
  url: string,
  seconds: number,
  connections?: number,
) => Promise<Throughput>;

/** Builds the image of the bench's own tools. */
export async function buildTools(): Promise<void> {
  await run("docker", ["build", "-q", "-t", IMAGE, "test/bench/image"], {
    timeout: 200_000,
  });
}

/** Starts an app that costs next to nothing, on port 8000; where it is. */
export async function startFastApp(
  stack: Stack,
  name: string,
): Promise<string> {
  const container = `${stack.project}-${name}`;
  await stack.start(container, "--network", stack.network, IMAGE);
  return container;
}

/** Starts nginx as a proxy in the namespace of a fast app, on port 8001. */
export async function startProxyIn(stack: Stack, app: string): Promise<void> {
  await stack.start(
    `${app}-proxy`,
    "--network",
    `container:${app}`,
    IMAGE,
    ...["nginx", "-g", "daemon off;", "-c", "/etc/nginx/proxy.conf"],
  );
}

/** Starts the container that the load comes from. */
export async function startWrk(stack: Stack): Promise<Wrk> {
  const name = `${stack.project}-wrk`;
  const idle = ["sleep", "infinity"];
  // An app without keep-alive leaves a port in TIME_WAIT for each request: with
  // the usual 28,000 there would soon be none.
  const ports = ["--sysctl", "net.ipv4.ip_local_port_range=1024 65535"];
  const place = ["--init", "--network", stack.network, ...ports];
  await stack.start(name, ...place, IMAGE, ...idle);
  return async (url, seconds, connections = CONNECTIONS) => {
    const options = ["-t1", `-c${connections}`, "--latency"];
    const timed = [...options, `-d${seconds}s`, url];
    return read(url, await docker("exec", name, "wrk", ...timed));
  };
}

function read(url: string, output: string): Throughput {
  const perSecond = /Requests\/sec:\s+([\d.]+)/.exec(output)?.[1];
  const [, p99, unit] = /99%\s+([\d.]+)(us|ms|s)/.exec(output) ?? [];
  if (perSecond === undefined || p99 === undefined) {
    throw new Error(`wrk on ${url} printed no figures:\n${output}`);
  }
  const scale = unit === "us" ? 0.001 : unit === "ms" ? 1 : 1000;
  const told = /Socket errors: (.*)/.exec(output)?.[1] ?? "";
  const others = /Non-2xx or 3xx responses: (\d+)/.exec(output)?.[1] ?? "0";
  const errors = [...(told.match(/\d+/g) ?? []), others]
    .map(Number)
    .reduce((sum, each) => sum + each, 0);
  return { perSecond: Number(perSecond), p99: Number(p99) * scale, errors };
}
