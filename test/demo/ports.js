import { execFile } from "node:child_process";
import { createServer } from "node:net";

/** The ports that docker-compose.yml publishes, and whose they are. */
const PORTS = [
  { port: 8080, of: "the shop", hosts: ["0.0.0.0", "::"] },
  { port: 7007, of: "the sidecar's API", hosts: ["127.0.0.1"] },
];

// By name: the label of the compose project is on the images too, and so on
// whatever else is started from them.
const OURS = /^sidestep-demo-(web|sidestep)-\d+$/;

/**
 * What is in the way, and what to do, if a port of the demo is used by
 * something else than an earlier demo.
 */
export async function takenPort() {
  for (const { port, of, hosts } of PORTS) {
    const free = await Promise.all(hosts.map((host) => isFree(port, host)));
    if (free.every(Boolean)) continue;
    const holder = await publisher(port);
    if (holder && OURS.test(holder)) continue;
    return [
      `port ${port}, for ${of}, is taken by ${holder ? `the container ${holder}` : "another program"}.`,
      holder
        ? `Stop it (docker stop ${holder}), and run this again.`
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
  return new Promise((resolve) => {
    execFile(
      "docker",
      ["ps", "--filter", `publish=${port}`, "--format", "{{.Names}}"],
      { timeout: 10_000 },
      (error, stdout) => {
        resolve(error ? undefined : stdout.split("\n")[0] || undefined);
      },
    );
  });
}
