import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fileContexts } from "../contexts.js";
import { TestCli } from "../testing/run-cli.js";

test("contexts are listed with a star at the one that is used", async () => {
  const cli = new TestCli();
  expect((await cli.run("config get-contexts")).out).toBe(
    "CURRENT   NAME      ENDPOINT                      DESCRIPTION\n" +
      "*         default   unix:///var/run/docker.sock   DOCKER_HOST, or the usual socket\n" +
      "          staging   ssh://me@staging.example      <none>\n",
  );
  expect((await cli.run("config get-contexts -o name")).out).toBe(
    "default\nstaging\n",
  );
  expect((await cli.run("config get-contexts staging --no-headers")).out).toBe(
    "    staging   ssh://me@staging.example   <none>\n",
  );
});

test("a choice is remembered until it is unset", async () => {
  const cli = new TestCli();
  expect((await cli.run("config use-context staging")).out).toBe(
    'Switched to context "staging".\n',
  );
  expect((await cli.run("config current-context")).out).toBe("staging\n");
  expect((await cli.run("config unset current-context")).out).toBe(
    'Property "current-context" unset.\n',
  );
  expect((await cli.run("config current-context")).out).toBe("default\n");
});

test("what goes before the choice is told", async () => {
  const cli = new TestCli();
  cli.contexts.docker = { name: "default", by: "DOCKER_HOST" };
  expect((await cli.run("config use-context staging")).err).toBe(
    'warning: DOCKER_HOST is set and goes before it: "default" is used\n',
  );
});

test.each([
  ["use-context none", 'error: no context exists with the name: "none"\n'],
  ["get-contexts none", 'error: no context exists with the name: "none"\n'],
  ["use-context", "error: required argument not specified: NAME\n"],
  ["unset users", 'error: unknown property "users": it must be'],
  ["get-contexts -o yaml", "error: output must be one of '' or 'name'\n"],
])("config %s is refused", async (line, words) => {
  const { err, code } = await new TestCli().run(`config ${line}`);
  expect(err).toContain(words);
  expect(code).toBe(1);
});

test("the choice is in a file of sidestep's own", () => {
  const folder = mkdtempSync(join(tmpdir(), "config-"));
  try {
    const open = () => fileContexts({ XDG_CONFIG_HOME: folder });
    expect(open().own()).toBeUndefined();
    open().use("staging");
    expect(open().own()).toBe("staging");
    open().use(undefined);
    expect(open().own()).toBeUndefined();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
