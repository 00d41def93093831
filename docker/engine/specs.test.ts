import { expect, test } from "vitest";
import { guardSpec } from "./guard.js";
import { interceptorSpec, probeSpec } from "./interceptor.js";
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
  engineSocket: "/run/user/1000/docker.sock",
};

const shared = {
  Type: "volume",
  Source: "demo_sidestep",
  Target: "/.sidestep",
  ReadOnly: true,
};

test.each([
  ["an interceptor", interceptorSpec(target, interceptor)],
  ["a probe", probeSpec(target, interceptor)],
])("%s has the least power that does", (_, { body }) => {
  expect(body["User"]).toBe("0:0");
  // toEqual: not one setting more, such as ports, privileges or the socket.
  expect(body["HostConfig"]).toEqual({
    NetworkMode: "container:0123abc",
    CapDrop: ["ALL"],
    CapAdd: ["NET_ADMIN", "SETUID", "SETGID", "SETPCAP"],
    SecurityOpt: ["no-new-privileges"],
    ReadonlyRootfs: true,
    RestartPolicy: { Name: "no" },
    Mounts: [shared],
  });
});

test("a guard has the Engine's socket, and no network, capability or volume", () => {
  expect(guardSpec(guard).body["HostConfig"]).toEqual({
    NetworkMode: "none",
    AutoRemove: true,
    CapDrop: ["ALL"],
    SecurityOpt: ["no-new-privileges"],
    ReadonlyRootfs: true,
    Binds: ["/run/user/1000/docker.sock:/var/run/docker.sock"],
  });
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
