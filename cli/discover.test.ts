import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { FoundSidecar } from "../docker/engine/find-sidecars.js";
import { discover } from "./discover.js";
import { report } from "./errors.js";

const sidecar = (name: string, more: Partial<FoundSidecar> = {}) => ({
  name,
  url: `http://127.0.0.1:7007/`,
  token: `token of ${name}`,
  version: "0.1.0",
  state: "running",
  ...more,
});

const finder = (...found: FoundSidecar[]) => ({ find: async () => found });
const failing = (error: Error) => ({
  find: () => Promise.reject<FoundSidecar[]>(error),
});

async function refused(found: Promise<unknown>): Promise<string> {
  try {
    await found;
  } catch (error) {
    return report(error).text;
  }
  throw new Error("it was found");
}

test("the only sidecar", async () => {
  expect(await discover(finder(sidecar("a")), {})).toEqual({
    url: "http://127.0.0.1:7007",
    token: "token of a",
  });
});

test("inside of the sidecar's container, without the Engine", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sidestep-"));
  try {
    const file = join(folder, "token");
    writeFileSync(file, "secret\n");
    const engine = failing(new Error("asked"));
    expect(await discover(engine, { SIDESTEP_TOKEN_FILE: file })).toEqual({
      url: "http://127.0.0.1:7007",
      token: "secret",
    });
    const elsewhere = { SIDESTEP_TOKEN_FILE: join(folder, "none") };
    const found = await discover(finder(sidecar("a")), elsewhere);
    expect(found.token).toBe("token of a");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("of several, the one that is named: by flag, then by environment", async () => {
  const two = finder(sidecar("a"), sidecar("b", { project: "demo" }));
  const env = { SIDESTEP_SIDECAR: "a" };
  expect((await discover(two, env, "b")).token).toBe("token of b");
  expect((await discover(two, {}, "demo")).token).toBe("token of b");
  expect((await discover(two, env)).token).toBe("token of a");
  expect(await refused(discover(two, {}))).toBe(
    "error: several sidecars are running here: a, b\nchoose one with --sidecar NAME or SIDESTEP_SIDECAR=NAME\n",
  );
  expect(await refused(discover(two, {}, "c"))).toBe(
    'error: no sidecar is named "c"\nthere is: a, b\n',
  );
});

test("a stopped one beside a running one is not asked about", async () => {
  const both = finder(sidecar("old", { state: "exited" }), sidecar("new"));
  expect((await discover(both, {})).token).toBe("token of new");
});

test("none, one that does not run, one that publishes nothing", async () => {
  expect(await refused(discover(finder(), {}))).toMatch(
    /^error: no sidecar is running here\nstart it with: docker compose --profile debug up -d\n/,
  );
  const exited = finder(sidecar("a", { state: "exited" }));
  expect(await refused(discover(exited, {}))).toContain(
    'error: the sidecar "a" is not running: it is exited\n',
  );
  const hidden = finder(sidecar("a", { url: undefined }));
  expect(await refused(discover(hidden, {}))).toContain(
    'error: the sidecar "a" publishes no port\n',
  );
});

test("an Engine that is down or forbidden, also wrapped", async () => {
  const system = (code: string) =>
    Object.assign(new Error(`connect ${code}`), {
      code,
      address: "/var/run/docker.sock",
    });
  const wrapped = new Error("list containers", { cause: system("ENOENT") });
  for (const error of [system("ECONNREFUSED"), wrapped]) {
    expect(await refused(discover(failing(error), {}))).toContain(
      "The connection to the Docker Engine at /var/run/docker.sock was refused - is it running?\n",
    );
  }
  expect(await refused(discover(failing(system("EACCES")), {}))).toContain(
    "error: permission denied by the Docker Engine at /var/run/docker.sock\n",
  );
});
