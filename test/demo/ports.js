import { execFile } from "node:child_process";
import { createServer } from "node:net";

/** The ports that docker-compose.yml publishes, and whose they are. */
const PORTS = [
  { port: 8080, of: "the shop", hosts: ["0.0.0.0", "::"] },
  { port: 7007, of: "the sidecar's API", hosts: ["127.0.0.1"] },
];

const PROJECT = "sidestep-demo";

/**
 * What is in the way, and what to do, if a port of the demo is used by
 * something else than an earlier demo.
 */
export async function takenPort() {
  for (const { port, of, hosts } of PORTS) {
    const free = await Promise.all(hosts.map((host) => isFree(port, host)));
    if (free.every(Boolean)) continue;
    const holder = await publisher(port);
    if (holder?.project === PROJECT) continue;
    return [
      `port ${port}, for ${of}, is taken by ${holder ? `the container ${holder.name}` : "another program"}.`,
      holder
        ? `Stop it (docker stop ${holder.name}), and run this again.`
        : `Stop it (ss -ltnp 'sport = :${port}' shows which it is), and run this again.`,
    ].join("\n");
  }
  return undefined;
}

/** Only "in use" means taken: a machine may have no IPv6 at all. */
function isFree(port, host) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error) => resolve(error.code !== "EADDRINUSE"));
    server.listen({ port, host, ipv6Only: true }, () =>
      server.close(() => resolve(true)),
    );
  });
}

/** The container that publishes a port, if Docker is there and knows one. */
function publisher(port) {
  const format = '{{.Label "com.docker.compose.project"}}\t{{.Names}}';
  return new Promise((resolve) => {
    execFile(
      "docker",
      ["ps", "--filter", `publish=${port}`, "--format", format],
      { timeout: 10_000 },
      (error, stdout) => {
        const [project, name] = stdout.split("\n")[0].split("\t");
        resolve(error || !name ? undefined : { project, name });
      },
    );
  });
}
