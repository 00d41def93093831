import { spawn } from "node:child_process";
import { PassThrough } from "node:stream";
import { type EngineEndpoint, ReachError } from "./endpoint.js";
import { StreamSocket } from "./stream-socket.js";

/** What is told of ssh's own words, in characters. */
const WORDS = 1000;

/**
 * A connection to an Engine by ssh, as docker makes it: `docker system
 * dial-stdio` over there. So whatever ~/.ssh/config says holds here too.
 */
export function dialSsh(
  endpoint: Extract<EngineEndpoint, { kind: "ssh" }>,
): StreamSocket {
  const child = spawn("ssh", sshArguments(endpoint), {
    stdio: ["pipe", "pipe", "pipe"],
    // Ctrl-C at the terminal is for the command, which still has to put things back.
    detached: true,
  });
  let said = "";
  child.stderr.on("data", (bytes: Buffer) => {
    said = (said + bytes.toString()).slice(-WORDS);
  });
  // It ends when ssh has, so that what ssh said is heard before.
  const received = child.stdout.pipe(new PassThrough(), { end: false });
  // That it reads no more is no news either, before it has said why.
  const sent = new PassThrough();
  sent.pipe(child.stdin).on("error", () => undefined);
  const socket = new StreamSocket(received, sent, () => child.kill());
  child.on("error", (cause) => {
    socket.destroy(
      new ReachError("Ssh", `ssh cannot be run: ${cause.message}`, { cause }),
    );
  });
  child.on("close", (code) => {
    if (code === 0) return void received.end();
    const why = said.trim() || `ssh ended with ${code ?? "a signal"}`;
    socket.destroy(new ReachError("Ssh", why));
  });
  return socket;
}

/** The arguments of ssh; what is asked of it cannot be taken for its options. */
export function sshArguments({
  user,
  host,
  port,
  path,
}: Extract<EngineEndpoint, { kind: "ssh" }>): string[] {
  const socket = path ? ["--host", `unix://${path}`] : [];
  return [
    ...["-o", "ConnectTimeout=30", "-T"],
    ...(user ? ["-l", user] : []),
    ...(port ? ["-p", String(port)] : []),
    ...["--", host, "docker", ...socket, "system", "dial-stdio"],
  ];
}
