import { expect, test } from "vitest";
import { fromDocker } from "./plugin-arguments.js";
import { isOurPlugin, pluginScript } from "./plugin-script.js";
import { spawnSync } from "node:child_process";

const called = (line: string) =>
  fromDocker(["docker-cli-plugin", ...line.split(" ")]);

test("the plugin's name goes, docker's own flags are understood", () => {
  expect(called("sidestep get sessions -v")).toEqual({
    argv: ["get", "sessions", "-v"],
    env: {},
  });
  expect(called("--context far -D sidestep get sidestep")).toEqual({
    argv: ["--context", "far", "get", "sidestep"],
    env: {},
  });
  expect(called("-c=far --log-level debug sidestep up")).toEqual({
    argv: ["--context", "far", "up"],
    env: {},
  });
  expect(called("-H tcp://h --config /c sidestep up")).toEqual({
    argv: ["up"],
    env: { DOCKER_HOST: "tcp://h", DOCKER_CONFIG: "/c" },
  });
});

test("any other command line is as it is", () => {
  const argv = ["get", "sidestep"];
  expect(fromDocker(argv)).toEqual({ argv, env: {} });
});

test("the script says who it is without Node, and passes every word on", () => {
  const script = pluginScript("/bin/echo", "/a b/it's.js", "1.2.3");
  expect(isOurPlugin(script)).toBe(true);
  const run = (...args: string[]) =>
    spawnSync("sh", ["-c", script, "docker-sidestep", ...args], {
      encoding: "utf8",
    }).stdout;
  expect(JSON.parse(run("docker-cli-plugin-metadata"))).toEqual({
    SchemaVersion: "0.1.0",
    Vendor: "sidestep",
    Version: "v1.2.3",
    ShortDescription: "Debug a web application where it runs",
  });
  expect(run("sidestep", "get", "a b")).toBe(
    "/a b/it's.js docker-cli-plugin sidestep get a b\n",
  );
});
