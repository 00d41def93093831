import { expect, test } from "vitest";
import { mayBeHere, parseEndpoint, ReachError } from "./endpoint.js";
import { sshArguments } from "./ssh.js";

test.each([
  ["unix:///run/docker.sock", { kind: "unix", path: "/run/docker.sock" }],
  ["tcp://10.0.0.7", { kind: "tcp", host: "10.0.0.7", port: 2375 }],
  ["tcp://10.0.0.7:80", { kind: "tcp", host: "10.0.0.7", port: 80 }],
  ["10.0.0.7:4243", { kind: "tcp", host: "10.0.0.7", port: 4243 }],
  ["tcp://[2001:db8::7]:99", { kind: "tcp", host: "2001:db8::7", port: 99 }],
  ["tcp://:2375", undefined],
  ["ssh://staging", { kind: "ssh", host: "staging" }],
  [
    "ssh://me@staging:2222/run/podman.sock",
    {
      kind: "ssh",
      user: "me",
      host: "staging",
      port: 2222,
      path: "/run/podman.sock",
    },
  ],
])("%s", (text, expected) => {
  if (!expected) return expect(() => parseEndpoint(text)).toThrow(ReachError);
  expect(parseEndpoint(text)).toMatchObject(expected);
});

test("with TLS the port is another", () => {
  const tls = { verify: true };
  expect(parseEndpoint("tcp://engine", tls)).toMatchObject({ port: 2376, tls });
  expect(parseEndpoint("https://engine")).toMatchObject({ port: 2376, tls });
});

test.each(["npipe:////./pipe/x", "unix://", "tcp://a b", "ssh://me:secret@h"])(
  "%s is refused",
  (text) => {
    expect(() => parseEndpoint(text)).toThrow(ReachError);
  },
);

test("only a socket and a loopback address may be of this machine", () => {
  const of = (text: string) => mayBeHere(parseEndpoint(text));
  expect(of("unix:///run/docker.sock")).toBe(true);
  expect(of("tcp://127.0.0.1:2375")).toBe(true);
  expect(of("tcp://localhost:2375")).toBe(true);
  expect(of("tcp://localhost.example:2375")).toBe(false);
  expect(of("tcp://10.0.0.7")).toBe(false);
  expect(of("ssh://localhost")).toBe(false);
});

test("ssh is asked as docker asks it, and takes no host for an option", () => {
  const endpoint = parseEndpoint("ssh://me@staging:2222/run/other.sock");
  if (endpoint.kind !== "ssh") throw new Error(endpoint.kind);
  expect(sshArguments(endpoint).join(" ")).toBe(
    "-o ConnectTimeout=30 -T -l me -p 2222 -- staging docker --host unix:///run/other.sock system dial-stdio",
  );
  expect(sshArguments({ ...endpoint, host: "-oProxyCommand=x" })).toContain(
    "--",
  );
});
