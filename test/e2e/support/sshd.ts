import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import { until } from "./poll.js";
import { run } from "./run.js";

const SSHD = "/usr/sbin/sshd";

/** An ssh server on loopback, with keys of its own. */
export interface Sshd {
  port: number;
  /** A folder for PATH whose `ssh` is the real one, with this server's keys only. */
  bin: string;
  end(): Promise<void>;
}

/** Starts Debian's sshd in a folder that the test removes; ended by its own id. */
export async function startSshd(folder: string): Promise<Sshd> {
  if (!existsSync(SSHD)) {
    throw new Error(`${SSHD} is missing: apt-get install openssh-server`);
  }
  const file = (name: string) => join(folder, name);
  for (const key of ["host", "user"]) {
    const args = ["-q", "-t", "ed25519", "-N", "", "-f", file(key)];
    await run("ssh-keygen", args);
  }
  const port = await freePort();
  await run("cp", [file("user.pub"), file("authorized")]);
  chmodSync(file("authorized"), 0o600);
  mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
  writeFileSync(
    file("sshd_config"),
    `ListenAddress 127.0.0.1:${port}
HostKey ${file("host")}
AuthorizedKeysFile ${file("authorized")}
StrictModes no
PidFile none
UsePAM no
PasswordAuthentication no
PermitRootLogin prohibit-password
`,
  );
  const daemon = spawn(SSHD, ["-D", "-e", "-f", file("sshd_config")], {
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  daemon.stderr.on("data", (bytes) => (said += String(bytes)));
  await until(`sshd listens; it says: ${said}`, () => listens(port));

  mkdirSync(file("bin"));
  writeFileSync(
    file("ssh_config"),
    `IdentityFile ${file("user")}
IdentitiesOnly yes
UserKnownHostsFile ${file("known")}
StrictHostKeyChecking accept-new
LogLevel ERROR
`,
  );
  const script = `#!/bin/sh\nexec /usr/bin/ssh -F '${file("ssh_config")}' "$@"\n`;
  writeFileSync(file("bin/ssh"), script, { mode: 0o755 });
  return {
    port,
    bin: file("bin"),
    end: async () => {
      const ended = new Promise((resolve) => daemon.once("close", resolve));
      daemon.kill();
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket
      .once("connect", () => resolve(true))
      .once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
