import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { sidecarSpec } from "./sidecar.js";

test.each([0, 7007])(
  "the API of a sidecar that `up` makes is published on loopback alone (port %s)",
  (port) => {
    const { body } = sidecarSpec({
      name: "sidestep",
      image: "sidestep",
      project: "",
      port,
      socket: "/var/run/docker.sock",
    });
    const { HostConfig } = body as {
      HostConfig: { PortBindings: Record<string, { HostIp: string }[]> };
    };
    const bindings = Object.values(HostConfig.PortBindings).flat();
    expect(bindings.map(({ HostIp }) => HostIp)).toEqual(["127.0.0.1"]);
    expect(HostConfig).not.toHaveProperty("PublishAllPorts");
    expect(HostConfig).not.toHaveProperty("NetworkMode");
  },
);

test("so it is by the compose file", () => {
  const file = new URL("../../docker-compose.yml", import.meta.url);
  const { services } = parse(readFileSync(file, "utf8")) as {
    services: Record<string, { ports?: string[]; volumes?: string[] }>;
  };
  const [sidecar] = Object.values(services).filter(({ volumes = [] }) =>
    volumes.some((each) => each.includes("docker.sock")),
  );
  expect(sidecar?.ports).toEqual(["127.0.0.1:7007:7007"]);
});
