import { execFileSync } from "node:child_process";
import { text } from "node:stream/consumers";
import type { Readable } from "node:stream";
import { expect, test } from "vitest";
import { EngineError, type Engine } from "../../docker/engine/engine.js";
import {
  findSitePackages,
  pthFile,
  putKit,
  siteFolders,
} from "./kit-by-file.js";

const DIST = "/usr/lib/python3/dist-packages";
const VENV = "/opt/venv/lib/python3.11/site-packages";

/** An Engine that knows some processes and folders. */
const engine = (processes: string[], folders: string[]) =>
  ({
    top: () => Promise.resolve(processes),
    exists: (_id: string, path: string) =>
      Promise.resolve(folders.includes(path)),
  }) as Partial<Engine> as Engine;

test("folders are those of PATH's and of the running programs' Pythons", () => {
  const folders = siteFolders("/usr/local/bin:/usr/sbin:/usr/bin", [
    "/opt/venv/bin/python3",
    "sh",
  ]);
  expect(folders).toContain("/usr/local/lib/python3.8/site-packages");
  expect(folders).toContain("/usr/local/lib/python3.14/site-packages");
  expect(folders).toContain(DIST);
  expect(folders).toContain(VENV);
  expect(new Set(folders).size).toBe(folders.length);
  expect(folders.every((folder) => folder.startsWith("/"))).toBe(true);
});

test("only what exists is found, and only where a Python runs", async () => {
  const find = (processes: string[]) =>
    findSitePackages(engine(processes, [DIST, VENV]), "x", "/usr/bin");
  expect(await find(["sh -c run", "python3 -I app.py"])).toEqual([DIST]);
  expect(await find(["/opt/venv/bin/python -I app.py"])).toEqual([DIST, VENV]);
  expect(await find(["gunicorn: master [app]"])).toEqual([DIST]);
  expect(await find(["nginx: master process", "sh /python/run"])).toEqual([]);
});

test("the file brings the session's variables, and nothing else, as Python reads them", () => {
  const line = pthFile([
    "SECRET=x",
    'SIDESTEP_TOKEN=t"\\0ken=',
    "SIDESTEP_WORKDIR=/é\n",
  ]);
  expect(line.split("\n")).toHaveLength(2);
  expect(line).toMatch(/^import sys; /);
  const stub =
    "import sys, types; m = types.ModuleType('sidestep_pth'); m.load = print; sys.modules['sidestep_pth'] = m\n";
  const said = execFileSync("python3", ["-c", stub + line], {
    encoding: "utf8",
  });
  expect(said).toBe(
    `{'SIDESTEP_TOKEN': 't"\\\\0ken=', 'SIDESTEP_WORKDIR': '/é\\n'}\n`,
  );
});

test("a folder that is not there yet is passed over", async () => {
  const written: string[] = [];
  const put = {
    writeArchive: async (_id: string, path: string, tar: Readable) => {
      await text(tar);
      if (path === VENV) throw new EngineError("write", 404, "no such folder");
      written.push(path);
    },
  } as Partial<Engine> as Engine;
  await putKit(put, "x", [VENV, DIST], []);
  expect(written).toEqual([DIST]);
});
