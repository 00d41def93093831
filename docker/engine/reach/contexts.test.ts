import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import {
  chooseContext,
  endpointOf,
  listContexts,
  productionContext,
} from "./contexts.js";

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "contexts-"))));
afterEach(() => rmSync(folder, { recursive: true }));

const write = (path: string, text: string) => {
  mkdirSync(join(folder, path, ".."), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const idOf = (name: string) => createHash("sha256").update(name).digest("hex");
const context = (name: string, docker: object) =>
  write(
    `contexts/meta/${idOf(name)}/meta.json`,
    JSON.stringify({
      Name: name,
      Metadata: { Description: `the ${name} one` },
      Endpoints: { docker },
    }),
  );
const env = (more: Record<string, string> = {}) => ({
  DOCKER_CONFIG: folder,
  ...more,
});

test("the flag goes before DOCKER_HOST, DOCKER_CONTEXT, sidestep's and docker's choice", () => {
  const own = "mine";
  const choose = (more: Record<string, string>, rest = {}) => {
    const { name, by } = chooseContext(env(more), rest);
    return `${name} by ${by}`;
  };
  const both = { DOCKER_HOST: "tcp://h", DOCKER_CONTEXT: "c" };
  expect(choose({})).toBe("default by docker");
  write("config.json", '{"currentContext":"theirs"}');
  expect(choose({})).toBe("theirs by docker");
  expect(choose({}, { own })).toBe("mine by sidestep");
  expect(choose({ DOCKER_CONTEXT: "c" }, { own })).toBe("c by DOCKER_CONTEXT");
  expect(choose(both, { own })).toBe("default by DOCKER_HOST");
  expect(choose(both, { own, flag: "f" })).toBe("f by --context");
});

test("a context's endpoint, with its TLS material", () => {
  context("far", { Host: "tcp://far.example:2376" });
  expect(endpointOf(env(), "far")).toEqual({
    url: "tcp://far.example:2376",
    kind: "tcp",
    host: "far.example",
    port: 2376,
  });
  write(`contexts/tls/${idOf("far")}/docker/ca.pem`, "CA");
  expect(endpointOf(env(), "far")).toMatchObject({
    tls: { verify: true, ca: Buffer.from("CA") },
  });
  context("lax", { Host: "tcp://far.example", SkipTLSVerify: true });
  expect(endpointOf(env(), "lax")).toMatchObject({
    port: 2376,
    tls: { verify: false },
  });
});

test("the default one is DOCKER_HOST, with DOCKER_TLS_VERIFY and its folder", () => {
  expect(endpointOf(env(), "default").url).toBe("unix:///var/run/docker.sock");
  write("cert.pem", "CERT");
  const tcp = { DOCKER_HOST: "tcp://far.example" };
  expect(endpointOf(env(tcp), "default")).not.toHaveProperty("tls");
  expect(
    endpointOf(env({ ...tcp, DOCKER_TLS_VERIFY: "1" }), "default"),
  ).toMatchObject({ port: 2376, tls: { verify: true } });
});

test("one that is not there, and one whose file is broken", () => {
  expect(() => endpointOf(env(), "none")).toThrow("none");
  write(`contexts/meta/${idOf("broken")}/meta.json`, "{");
  expect(() => endpointOf(env(), "broken")).toThrow(/meta.json is not JSON/);
});

test("the list has the default one first", () => {
  context("b", { Host: "ssh://b" });
  context("a", { Host: "ssh://a" });
  expect(listContexts(env({ DOCKER_HOST: "tcp://h" }))).toEqual([
    expect.objectContaining({ name: "default", host: "tcp://h" }),
    { name: "a", description: "the a one", host: "ssh://a" },
    { name: "b", description: "the b one", host: "ssh://b" },
  ]);
});

test("a context is production by a word of its name or of its description", () => {
  const describe = (name: string, Description: string) =>
    write(
      `contexts/meta/${idOf(name)}/meta.json`,
      JSON.stringify({ Name: name, Metadata: { Description } }),
    );
  describe("eu-1", "Production, Frankfurt");
  describe("eu-2", "products of last year");
  expect(productionContext(env(), "eu-1")).toBe(
    'the docker context "eu-1" is described so: Production, Frankfurt',
  );
  expect(productionContext(env(), "shop-prod")).toBe(
    'the docker context "shop-prod" is named so',
  );
  for (const name of ["eu-2", "reproduction", "none", "default"])
    expect(productionContext(env(), name)).toBeUndefined();
});
