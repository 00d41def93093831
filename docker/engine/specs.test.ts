import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { guardSpec } from "./guard.js";
import { cleanupSpec, interceptorSpec, probeSpec } from "./interceptor.js";
import { sidecarSpec } from "./sidecar.js";
import { recorded } from "./testing/recorded.js";

const target = recorded("compose");

const interceptor = {
  namespace: "0123abc",
  port: 8000,
  token: "t0ken",
  image: "sha256:sidecar",
  volume: "demo_sidestep",
  project: "demo",
};

const guard = {
  id: "5e1f",
  name: "demo-sidestep-1",
  image: "sha256:sidecar",
  volume: "demo_sidestep",
  project: "demo",
  socket: {
    source: "/run/user/1000/docker.sock",
    target: "/var/run/docker.sock",
  },
  user: "",
  groups: [],
};

const POWERLESS = {
  CapDrop: ["ALL"],
  SecurityOpt: ["no-new-privileges"],
  ReadonlyRootfs: true,
};

// toEqual in these: not one setting more, such as ports, privileges or the socket.
test("an interceptor has what its launcher needs, and the volume without the sidecar's own", () => {
  const { body } = interceptorSpec(target, interceptor);
  expect(body["User"]).toBe("0:0");
  expect(body["HostConfig"]).toEqual({
    ...POWERLESS,
    NetworkMode: "container:0123abc",
    CapAdd: ["NET_ADMIN", "SETUID", "SETGID", "SETPCAP"],
    RestartPolicy: { Name: "no" },
    Mounts: [
      {
        Type: "volume",
        Source: "demo_sidestep",
        Target: "/.sidestep",
        ReadOnly: true,
      },
      { Type: "tmpfs", Target: "/.sidestep/private", ReadOnly: true },
    ],
  });
});

test("what removes the rules of one that was killed may do that alone", () => {
  const killed = recorded("compose");
  killed.Config.Labels = { "sidestep.port": "8000" };
  const { body } = cleanupSpec(killed, "0123abc");
  expect(body["HostConfig"]).toEqual({
    ...POWERLESS,
    NetworkMode: "container:0123abc",
    CapAdd: ["NET_ADMIN"],
    RestartPolicy: { Name: "no" },
  });
});

test("a probe is nobody, and has nothing", () => {
  const { body } = probeSpec(target, interceptor);
  expect(body["User"]).toBe("65534:65534");
  expect(body["HostConfig"]).toEqual({
    ...POWERLESS,
    NetworkMode: "container:0123abc",
    RestartPolicy: { Name: "no" },
  });
});

test("a guard has the Engine's socket, and no network, capability or volume", () => {
  const { body } = guardSpec(guard);
  expect(body).not.toHaveProperty("User");
  expect(body["HostConfig"]).toEqual({
    ...POWERLESS,
    NetworkMode: "none",
    AutoRemove: true,
    Binds: ["/run/user/1000/docker.sock:/var/run/docker.sock"],
  });
});

test("a guard is who its sidecar is, and reaches the Engine as it does", () => {
  const { body, hash } = guardSpec({
    ...guard,
    user: "1000:998",
    groups: ["997"],
    socket: {
      source: "proxy",
      target: "/run/proxy",
      host: "unix:///run/proxy/docker.sock",
    },
  });
  expect(body["User"]).toBe("1000:998");
  expect(body["Env"]).toContain("DOCKER_HOST=unix:///run/proxy/docker.sock");
  expect(body["HostConfig"]).toMatchObject({
    GroupAdd: ["997"],
    Binds: ["proxy:/run/proxy"],
  });
  expect(hash).not.toBe(guardSpec(guard).hash);
});

test("a sidecar of `up` has its socket, its volume, and no power besides", () => {
  const { body } = sidecarSpec({
    name: "sidestep",
    image: "sidestep-sidecar",
    project: "",
    port: 0,
    socket: "/var/run/docker.sock",
    user: "1000:998",
  });
  expect(body["User"]).toBe("1000:998");
  expect(body["HostConfig"]).toEqual({
    ...POWERLESS,
    Tmpfs: { "/tmp": "" },
    PortBindings: { "7007/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] },
    Binds: ["/var/run/docker.sock:/var/run/docker.sock"],
    Mounts: [
      {
        Type: "volume",
        Source: "sidestep",
        Target: "/.sidestep",
        VolumeOptions: { Labels: { "sidestep.owner": "sidestep" } },
      },
    ],
    RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
  });
});

test("the compose file gives a sidecar no more than `up` does", () => {
  const file = fileURLToPath(
    new URL("../../docker-compose.yml", import.meta.url),
  );
  const { services } = parse(readFileSync(file, "utf8")) as {
    services: Record<string, Record<string, unknown>>;
  };
  const { volumes, ...service } = services["sidestep"] ?? {};
  expect(service).toMatchObject({
    read_only: true,
    tmpfs: ["/tmp"],
    cap_drop: ["ALL"],
    security_opt: ["no-new-privileges"],
    ports: ["127.0.0.1:7007:7007"],
  });
  expect(service).not.toHaveProperty("cap_add");
  expect(service).not.toHaveProperty("privileged");
  expect(volumes).toEqual([
    "/var/run/docker.sock:/var/run/docker.sock",
    "sidestep:/.sidestep",
  ]);
});

test.each([
  ["an interceptor", interceptorSpec(target, interceptor)],
  ["a probe", probeSpec(target, interceptor)],
  ["a guard", guardSpec(guard)],
])("%s opens no port and is in nobody's routes", (_, { body }) => {
  expect(body).not.toHaveProperty("ExposedPorts");
  expect(body).not.toHaveProperty("NetworkingConfig");
  expect(body["Healthcheck"]).toEqual({ Test: ["NONE"] });
  expect(body["Labels"]).toMatchObject({
    "sidestep.owner": "demo_sidestep",
    "traefik.enable": "false",
  });
});

test("an interceptor is found by its labels", () => {
  const { name, hash, body } = interceptorSpec(target, interceptor);
  expect(name).toBe("stack-shop-1-sidestep-port-8000");
  expect(body["Labels"]).toMatchObject({
    "sidestep.role": "interceptor",
    "sidestep.target": target.Id,
    "sidestep.port": "8000",
    "sidestep.hash": hash,
    "com.docker.compose.project": "sidestep-sessions",
  });
});

test("an interceptor's token is in its environment, and not in its hash", () => {
  const one = interceptorSpec(target, interceptor);
  const other = interceptorSpec(target, { ...interceptor, token: "another" });
  expect(one.body["Env"]).toContain("SIDESTEP_TOKEN=t0ken");
  expect(other.hash).toBe(one.hash);
});

test("an interceptor that is to do without the lane in C is told so, and is another one", () => {
  const usual = interceptorSpec(target, interceptor);
  const other = interceptorSpec(target, { ...interceptor, plane: false });
  expect(usual.body["Env"]).not.toContain("SIDESTEP_PLANE=0");
  expect(other.body["Env"]).toContain("SIDESTEP_PLANE=0");
  expect(other.hash).not.toBe(usual.hash);
});

test.each([
  ["port", { port: 8001 }],
  ["namespace", { namespace: "4567" }],
  ["image", { image: "sha256:newer" }],
  ["volume", { volume: "other" }],
])("an interceptor's hash changes with its %s", (_, change) => {
  const one = interceptorSpec(target, interceptor).hash;
  const other = interceptorSpec(target, { ...interceptor, ...change }).hash;
  expect(other).not.toBe(one);
});

test("a guard's hash changes with the sidecar that it watches", () => {
  const one = guardSpec(guard);
  expect(one.name).toBe("demo-sidestep-1-guard");
  expect(guardSpec({ ...guard, id: "new" }).hash).not.toBe(one.hash);
  expect(guardSpec({ ...guard }).hash).toBe(one.hash);
});
