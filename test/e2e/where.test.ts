import { createHash } from "node:crypto";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { cliFor } from "./support/cli.js";
import { relayEngine } from "./support/elsewhere.js";
import { get } from "./support/http.js";
import { until } from "./support/poll.js";
import { docker, run, tryRun } from "./support/run.js";
import { startSshd } from "./support/sshd.js";
import { openStage, type App, type Stage } from "./support/stage.js";

// The same command line, wherever the Engine is and however the sidecar is reached.
const ALICE = { "x-debug": "alice" };
const folder = mkdtempSync(join(tmpdir(), "sidestep-where-"));
const home = join(folder, "home");
const config = join(folder, "config");
const own = { DOCKER_CONFIG: home, XDG_CONFIG_HOME: config };

let stage: Stage;
let app: App;
beforeAll(async () => {
  mkdirSync(home);
  stage = await openStage();
  app = await stage.web();
  const flags = ["--name", "alice", "--match", "header:x-debug=alice"];
  await stage.debug(app.name, ...flags, "-b", "app.py:35");
});
afterAll(async () => {
  try {
    for (const { name, volume } of others) {
      await tryRun("docker", ["rm", "-f", name]);
      await docker("volume", "rm", volume);
    }
    await stage?.end();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** What `get sessions -v` says with this environment. */
const asked = async (env: Record<string, string>, ...flags: string[]) => {
  const args = [...flags, "get", "sessions", "-v", "-o", "name"];
  const { code, stdout, stderr } = await stage.cli.any(args, { env });
  expect({ code, stdout }, stderr).toEqual({
    code: 0,
    stdout: "session/alice\n",
  });
  return stderr;
};

const refused = async (env: Record<string, string>, ...args: string[]) => {
  const words = args.length > 0 ? args : ["get", "sessions"];
  const { code, stdout, stderr } = await stage.cli.any(words, {
    env: { ...own, ...env },
  });
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).not.toContain("    at ");
  return stderr;
};

/** A second sidecar, which publishes nothing; its container is removed with the stage. */
const another = async (letter: string, ...args: string[]) => {
  const volume = `${stage.sidecar.name}-${letter}`;
  const socket = "/var/run/docker.sock:/var/run/docker.sock";
  const name = await stage.run(
    [...args, "-v", socket, "-v", `${volume}:/.sidestep`],
    [],
    "sidestep-sidecar",
  );
  others.push({ name, volume });
  await until(
    "it answers",
    () =>
      cliFor(name)
        .ok("get", "sessions", "-v")
        .then(() => true),
    40,
  );
  return name;
};
const others: { name: string; volume: string }[] = [];

/** A context as `docker context create` writes it. */
const context = (name: string, host: string, tls?: Record<string, string>) => {
  const id = createHash("sha256").update(name).digest("hex");
  const meta = join(home, "contexts/meta", id);
  mkdirSync(meta, { recursive: true });
  const Endpoints = { docker: { Host: host, SkipTLSVerify: false } };
  const text = JSON.stringify({ Name: name, Metadata: {}, Endpoints });
  writeFileSync(join(meta, "meta.json"), text);
  if (!tls) return;
  const material = join(home, "contexts/tls", id, "docker");
  mkdirSync(material, { recursive: true });
  for (const [file, pem] of Object.entries(tls)) {
    writeFileSync(join(material, file), pem);
  }
};

/** A pause in the fixture app, its prompt at a terminal, and back again. */
const debugsBy = async (env: Record<string, string>) => {
  const cli = cliFor(stage.sidecar.name, env);
  const answer = get(`${app.url}/read?path=/etc/hostname`, ALICE);
  answer.catch(() => undefined);
  const terminal = cli.tty("attach", "session/alice");
  await terminal.sees("(Pdb) ", 40);
  terminal.enter("p 6 * 7");
  await terminal.sees("42");
  terminal.enter("c");
  expect(await terminal.ends()).toBe(0);
  expect((await answer).status).toBe(200);
};

describe("on this machine", () => {
  test("the sidecar must be reached at its published port", async () => {
    const said = await asked({});
    expect(said).toContain(
      'engine: unix:///var/run/docker.sock (context "default"',
    );
    expect(said).toContain(`transport: direct, ${await stage.sidecar.url()}`);
    expect(said).toMatch(/GET \/v1\/sessions: 200 in [\d.]+ ms\n/);
  });

  test("by an exec, requests, streams and terminals must do the same", async () => {
    const env = { SIDESTEP_TRANSPORT: "exec" };
    const { name } = stage.sidecar;
    const said = await asked(env);
    expect(said).toContain(`transport: exec in ${name}: as it was asked for`);
    await debugsBy(env);
    const log = cliFor(name, env).tty("logs", "-f", "session/alice");
    await log.sees("gunicorn");
    const line = "path=/proc/self/fd/1&text=a-line-of-the-log%0A";
    await get(`${app.url}/write?${line}`, ALICE);
    await log.sees("a-line-of-the-log");
    log.kill("SIGTERM");
    await log.ends();
    await until("no relay is left in the sidecar", async () => {
      const all = await docker("exec", name, "ps", "-eo", "args");
      return !all.includes("relay.py");
    });
  });

  test("a sidecar that publishes no port must be reached all the same", async () => {
    const name = await another("b");
    const { stderr } = await cliFor(name).any(["get", "sessions", "-v"]);
    expect(stderr).toContain(
      `transport: exec in ${name}: it publishes no port`,
    );
    expect(stderr).toContain("No resources found.");
    const env = { SIDESTEP_SIDECAR: name, SIDESTEP_TRANSPORT: "direct" };
    expect(await refused(env)).toBe(
      `error: the sidecar "${name}" cannot be reached directly: it publishes no port\n` +
        "without --transport=direct it is reached through the Engine\n",
    );
    await docker("rm", "-f", name);
  });
});

describe("at a TCP port", () => {
  test("DOCKER_HOST=tcp must do, and the port be used where it is the sidecar's", async () => {
    const relay = await relayEngine();
    try {
      const host = `tcp://127.0.0.1:${relay.port}`;
      const said = await asked({ DOCKER_HOST: host });
      expect(said).toContain(
        `engine: ${host} (context "default", by DOCKER_HOST)`,
      );
      expect(said).toContain("transport: direct");
      expect(relay.count()).toBeGreaterThan(0);
      await debugsBy({ DOCKER_HOST: host, SIDESTEP_TRANSPORT: "exec" });
    } finally {
      relay.end();
    }
  });

  test("a context with TLS must prove itself, and know whom it speaks to", async () => {
    const pem = (name: string) => readFileSync(join(folder, name), "utf8");
    const openssl = (...args: string[]) => run("openssl", args);
    const file = (name: string) => join(folder, name);
    await openssl(
      ...[
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
      ],
      ...["-nodes", "-days", "2", "-subj", "/CN=test-ca"],
      ...["-keyout", file("ca.key"), "-out", file("ca.pem")],
    );
    for (const side of ["server", "client"]) {
      await openssl(
        ...[
          "req",
          "-newkey",
          "ec",
          "-pkeyopt",
          "ec_paramgen_curve:P-256",
          "-nodes",
        ],
        ...["-subj", `/CN=${side}`, "-addext", "subjectAltName=IP:127.0.0.1"],
        ...["-keyout", file(`${side}.key`), "-out", file(`${side}.csr`)],
      );
      await openssl(
        ...["x509", "-req", "-days", "2", "-copy_extensions", "copy"],
        ...[
          "-in",
          file(`${side}.csr`),
          "-CA",
          file("ca.pem"),
          "-CAkey",
          file("ca.key"),
        ],
        ...["-CAcreateserial", "-out", file(`${side}.pem`)],
      );
    }
    const relay = await relayEngine({
      ca: pem("ca.pem"),
      cert: pem("server.pem"),
      key: pem("server.key"),
      requestCert: true,
      rejectUnauthorized: true,
    });
    try {
      const host = `tcp://127.0.0.1:${relay.port}`;
      const material = {
        "cert.pem": pem("client.pem"),
        "key.pem": pem("client.key"),
      };
      context("secured", host, { ...material, "ca.pem": pem("ca.pem") });
      expect(await asked({ ...own, DOCKER_CONTEXT: "secured" })).toContain(
        `engine: ${host} (context "secured", by DOCKER_CONTEXT)`,
      );
      context("untrusting", host, { ...material, "ca.pem": pem("client.pem") });
      expect(await refused({ DOCKER_CONTEXT: "untrusting" })).toMatch(
        /^error: the certificate of the Docker Engine at tcp:\/\/127.0.0.1:\d+ was not accepted: /,
      );
    } finally {
      relay.end();
    }
  });

  test("nobody there must be told in kubectl's words, with the context", async () => {
    context("nobody", "tcp://127.0.0.1:1");
    expect(await refused({}, "--context", "nobody", "get", "sessions")).toBe(
      "The connection to the Docker Engine at 127.0.0.1:1 was refused - did you specify the right host or port?\n" +
        'it is the Engine of context "nobody" (by --context); try: docker --context nobody version\n',
    );
    expect(await refused({ DOCKER_HOST: "npipe:////./pipe/docker" })).toContain(
      "begins with none of unix://, tcp://, ssh://\n",
    );
    expect(await refused({ DOCKER_HOST: "unix:///nowhere/docker.sock" })).toBe(
      "The connection to the Docker Engine at /nowhere/docker.sock was refused - is it running?\ntry: docker version\n",
    );
    expect(await refused({ DOCKER_CONTEXT: "none" })).toBe(
      'error: no context exists with the name: "none"\nsidestep config get-contexts lists those that docker has\n',
    );
  });
});

describe("by ssh", () => {
  test("everything must go through `docker system dial-stdio` over there", async () => {
    const sshd = await startSshd(mkdtempSync(join(folder, "ssh-")));
    try {
      const path = `${sshd.bin}:${process.env["PATH"]}`;
      const host = `ssh://${userInfo().username}@127.0.0.1:${sshd.port}`;
      context("over-there", host);
      const env = { ...own, PATH: path, DOCKER_CONTEXT: "over-there" };
      const said = await asked(env);
      expect(said).toContain(`engine: ${host}`);
      expect(said).toContain(
        `transport: exec in ${stage.sidecar.name}: the Engine is on another machine`,
      );
      await debugsBy(env);
      const closed = host.replace(/:\d+$/, ":1");
      expect(await refused({ PATH: path, DOCKER_HOST: closed })).toMatch(
        /^error: the Docker Engine at ssh:.* cannot be reached: .*Connection refused/,
      );
    } finally {
      await sshd.end();
    }
  });
});

describe("config", () => {
  test("must list docker's contexts, and remember a choice of its own", async () => {
    const cli = async (...args: string[]) => {
      const { stdout } = await stage.cli.any(["config", ...args], { env: own });
      return stdout;
    };
    context("staging", "unix:///var/run/docker.sock");
    expect(await cli("current-context")).toBe("default\n");
    expect(await cli("use-context", "staging")).toBe(
      'Switched to context "staging".\n',
    );
    expect(await cli("get-contexts")).toMatch(
      /^CURRENT {3}NAME +ENDPOINT +DESCRIPTION\n {10}default .*\n(.*\n)*\* {9}staging +unix:\/\/\/var\/run\/docker.sock +<none>\n/,
    );
    expect(await asked(own)).toContain('(context "staging", by sidestep)');
    // docker has its own still, and what goes before a choice still does.
    expect(await run("docker", ["context", "show"], { env: own })).toBe(
      "default",
    );
    expect(
      await asked({ ...own, DOCKER_HOST: "unix:///var/run/docker.sock" }),
    ).toContain('(context "default", by DOCKER_HOST)');
    await cli("unset", "current-context");
    writeFileSync(join(home, "config.json"), '{"currentContext":"staging"}');
    expect(await asked(own)).toContain('(context "staging", by docker)');
    expect(await refused({}, "config", "use-context", "nowhere")).toContain(
      'error: no context exists with the name: "nowhere"\n',
    );
  });
});

describe("what is wrong must be told, and what to do", () => {
  test("a token that is not the sidecar's any more", async () => {
    const { name } = stage.sidecar;
    const file = "/.sidestep/private/token";
    const token = await stage.sidecar.token();
    const write = (text: string) =>
      docker("exec", name, "sh", "-c", `echo "$0" > ${file}`, text);
    await write("another");
    try {
      expect(await refused({})).toBe(
        "Error from server (Unauthorized): the token is missing or wrong\n" +
          "The CLI reads it through the Docker Engine; a sidecar that was made anew has a new one.\n",
      );
    } finally {
      await write(token);
    }
  });

  test("a sidecar of another version, once, with both versions", async () => {
    const name = await another("c", "--label", "sidestep.version=0.0.9");
    const { stderr } = await cliFor(name).any(["get", "sessions"]);
    expect(stderr).toBe(
      `warning: the sidecar "${name}" is of version 0.0.9, this command of version 0.1.0\n` +
        `what one of them does not know yet fails: its own is docker exec -it ${name} sidestep\n` +
        "No resources found.\n",
    );
    // Two are running here now, and none is named.
    const both = await refused({ SIDESTEP_SIDECAR: "" });
    expect(both).toContain("error: several sidecars are running here: ");
    expect(both).toContain(name);
    expect(both).toContain(
      "choose one with --sidecar NAME or SIDESTEP_SIDECAR=NAME\n",
    );
    await docker("rm", "-f", name);
  });

  test("a socket that the user may not use", async () => {
    const socket = join(folder, "docker.sock");
    const server = createServer().listen(socket);
    await new Promise((resolve) => server.once("listening", resolve));
    await run("chmod", ["600", socket]);
    await run("chmod", ["755", folder]);
    try {
      const { code, stderr } = await tryRun("setpriv", [
        ...["--reuid", "65534", "--regid", "65534", "--clear-groups", "--"],
        ...["env", `DOCKER_HOST=unix://${socket}`, "HOME=/", "node"],
        ...["bin/sidestep.js", "get", "sessions"],
      ]);
      expect(code).toBe(1);
      expect(stderr).toBe(
        `error: permission denied by the Docker Engine at ${socket}\n` +
          "who may use Docker here may use sidestep: try docker ps as the same user\n",
      );
    } finally {
      server.close();
    }
  });
});

test("docker sidestep must be the same command, once it is installed", async () => {
  const env = { ...own };
  const install = await stage.cli.any(["plugin", "install"], { env });
  const path = join(home, "cli-plugins/docker-sidestep");
  expect(install.stdout).toBe(`plugin/sidestep installed: ${path}\n`);
  const plugin = (...args: string[]) =>
    tryRun("docker", args, {
      env: { ...env, SIDESTEP_SIDECAR: stage.sidecar.name },
    });
  const got = await plugin("sidestep", "get", "sessions", "-o", "name");
  expect(got).toEqual({ code: 0, stdout: "session/alice\n", stderr: "" });
  const missing = await plugin("sidestep", "get", "session", "nobody");
  expect(missing.code).toBe(1);
  context("staging", "unix:///var/run/docker.sock");
  const elsewhere = await plugin(
    "--context",
    "staging",
    "sidestep",
    "get",
    "sessions",
    "-v",
  );
  expect(elsewhere.stderr).toContain('(context "staging", by --context)');
  expect((await plugin("--help")).stdout).toMatch(
    /sidestep\* +Debug a web application where it runs/,
  );
  await stage.cli.any(["plugin", "uninstall"], { env });
  expect((await plugin("sidestep", "get", "sessions")).code).not.toBe(0);
});
