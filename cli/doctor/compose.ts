import { execFile } from "node:child_process";

/** The version of `docker compose` on this machine; undefined where there is none. */
export function composeVersion(): Promise<string | undefined> {
  return new Promise((resolve) => {
    const args = ["compose", "version", "--short"];
    execFile("docker", args, { timeout: 10_000 }, (error, stdout) => {
      resolve(error ? undefined : stdout.trim());
    });
  });
}
