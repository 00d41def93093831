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
  /** Of which kind they were, as wrk tells: `read 0, timeout 1`; its timeout is 2 s. */
  kinds: string;
}

/** What wrk sends. */
export interface Load {
  connections?: number;
  headers?: Record<string, string>;
  /** A body of 64 KiB with each request. */
  upload?: boolean;
}

/** A load from a container on the stack's network. */
export type Wrk = (
  url: string,
  seconds: number,
  load?: Load,
) => Promise<Throughput>;

/** Proxies to compare with, by their ports in the app's network namespace. */
export const PROXIES = { nginx: 8001, haproxy: 8002, httpProxy: 8003 };

/**
 * Whatever is in the way has a core of its own, and the rest another: then the
 * proxy is what limits requests/s, and one process is compared with another.
 */
export const CORE_OF_PROXIES = "0";
const CORE_OF_OTHERS = "1";

/** http-proxy by itself, as its README shows it, with an agent that keeps connections. */
const HTTP_PROXY = `
const http = require("node:http");
const proxy = require("/app/node_modules/http-proxy").createProxyServer({
  target: "http://127.0.0.1:8000",
  agent: new http.Agent({ keepAlive: true }),
});
proxy.on("error", (error) => console.error(error.message));
http.createServer((request, response) => proxy.web(request, response))
  .listen(${PROXIES.httpProxy}, undefined, 4096);
`;

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
  const place = ["--network", stack.network, "--cpuset-cpus", CORE_OF_OTHERS];
  await stack.start(container, ...place, IMAGE);
  return container;
}

/** Starts the proxies in the namespace of a fast app. */
export async function startProxiesIn(stack: Stack, app: string): Promise<void> {
  const place = ["--network", `container:${app}`];
  place.push("--cpuset-cpus", CORE_OF_PROXIES);
  const start = (name: string, image: string, ...command: string[]) =>
    stack.start(`${app}-${name}`, ...place, image, ...command);
  const nginx = ["nginx", "-g", "daemon off;", "-c", "/etc/nginx/proxy.conf"];
  await start("nginx", IMAGE, ...nginx);
  await start("haproxy", IMAGE, "haproxy", "-f", "/etc/haproxy/haproxy.cfg");
  await start("http-proxy", "sidestep-sidecar", "node", "-e", HTTP_PROXY);
}

/** Starts the container that loads come from. */
export async function startWrk(stack: Stack): Promise<Wrk> {
  const name = `${stack.project}-wrk`;
  const idle = ["sleep", "infinity"];
  // An app without keep-alive leaves a port in TIME_WAIT for each request: with
  // the usual 28,000 there would soon be none.
  const ports = ["--sysctl", "net.ipv4.ip_local_port_range=1024 65535"];
  const place = ["--init", "--network", stack.network, ...ports];
  place.push("--cpuset-cpus", CORE_OF_OTHERS);
  await stack.start(name, ...place, IMAGE, ...idle);
  return async (url, seconds, load = {}) => {
    const { connections = CONNECTIONS, headers = {}, upload } = load;
    const options = ["-t1", `-c${connections}`, "--latency", `-d${seconds}s`];
    for (const [key, value] of Object.entries(headers))
      options.push("-H", `${key}: ${value}`);
    if (upload) options.push("-s", "/etc/wrk/upload.lua");
    return read(url, await docker("exec", name, "wrk", ...options, url));
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
  const kinds = `${told}${told && ", "}status ${others}`;
  return {
    perSecond: Number(perSecond),
    p99: Number(p99) * scale,
    errors,
    kinds,
  };
}
