import { expect, test } from "vitest";
import type { MountPoint } from "../../docker/engine/engine.js";
import { engineSocket } from "./engine-socket.js";

const bind = (Source: string, Destination: string): MountPoint => ({
  Type: "bind",
  Source,
  Destination,
});

const of = (Mounts: MountPoint[], ...Env: string[]) =>
  engineSocket({ Config: { Image: "sidestep-sidecar", Env }, Mounts });

test.each(["/var/run/docker.sock", "/run/docker.sock"])(
  "the usual socket is found at %s, wherever on the host it is",
  (at) => {
    const volume = {
      Type: "volume",
      Name: "v",
      Destination: "/.sidestep",
    };
    expect(of([volume, bind("/run/user/1000/docker.sock", at)])).toEqual({
      source: "/run/user/1000/docker.sock",
      target: at,
    });
  },
);

test("a proxy's socket is found in the folder or the volume that is mounted", () => {
  const host = "unix:///run/proxy/docker.sock";
  const volume = {
    Type: "volume",
    Name: "demo_proxy",
    Source: "/var/lib/docker/volumes/demo_proxy/_data",
    Destination: "/run/proxy",
  };
  expect(of([volume], `DOCKER_HOST=${host}`)).toEqual({
    source: "demo_proxy",
    target: "/run/proxy",
    host,
  });
  expect(
    of([bind("/srv/proxy", "/run/proxy/")], `DOCKER_HOST=${host}`),
  ).toEqual({ source: "/srv/proxy", target: "/run/proxy/", host });
});

test("no other socket is taken for one that is not mounted", () => {
  const usual = bind("/var/run/docker.sock", "/var/run/docker.sock");
  expect(() => of([usual], "DOCKER_HOST=unix:///run/proxy.sock")).toThrow(
    "the Engine's socket, /run/proxy.sock, is not mounted: add `/var/run/docker.sock:/run/proxy.sock`",
  );
  expect(() => of([usual], "DOCKER_HOST=tcp://proxy:2375")).toThrow(
    "DOCKER_HOST is tcp://proxy:2375: the sidecar takes the Engine's unix socket only",
  );
  expect(() => of([bind("/run", "/run2")])).toThrow("is not mounted");
});
