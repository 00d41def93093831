import { pack } from "tar-stream";
import { expect, test } from "vitest";
import type { Inspect } from "../../docker/engine/engine.js";
import { readScripts } from "./scripts.js";
import { app } from "./testing/world.js";

/** The paths of the scripts that are read in a container with these files. */
async function read(
  words: string[],
  files: Record<string, string | { link: string }>,
  config: Partial<Inspect["Config"]> = {},
) {
  const asked: string[] = [];
  const engine = {
    readArchive: async (_id: string, path: string) => {
      asked.push(path);
      const content = files[path];
      if (content === undefined) return undefined;
      const tar = pack();
      if (typeof content === "string") tar.entry({ name: "f" }, content);
      else tar.entry({ name: "f", type: "symlink", linkname: content.link });
      tar.finalize();
      return tar;
    },
  };
  const shop = app("shop");
  const inspect = { ...shop, Config: { ...shop.Config, ...config } };
  const scripts = await readScripts(engine, inspect, words);
  return { paths: scripts.map(({ path }) => path), asked, scripts };
}

const SH = "#!/bin/sh\n";

test.each([
  [["/entry.sh", "gunicorn"], "/entry.sh"],
  [["./entry.sh"], "/app/entry.sh"],
  [["sh", "entry.sh", "-x"], "/app/entry.sh"],
  [
    ["tini", "--", "/opt/docker-entrypoint", "gunicorn"],
    "/opt/docker-entrypoint",
  ],
  [["docker-entrypoint.sh", "web"], "/usr/local/bin/docker-entrypoint.sh"],
  [["bash", "-c", "./entry.sh && gunicorn"], "/app/entry.sh"],
])("the script of %j", async (words, path) => {
  const { paths } = await read(words, { [path]: SH }, { WorkingDir: "/app" });
  expect(paths).toEqual([path]);
});

test("scripts that a script runs, each once, and not without end", async () => {
  const { paths } = await read(["/a.sh"], {
    "/a.sh": `${SH}. /lib/b.sh\nexec /start "$@"\n# ./comment.sh`,
    "/lib/b.sh": "bash /a.sh",
    "/start": `${SH}echo`,
    "/comment.sh": SH,
  });
  expect(paths).toEqual(["/a.sh", "/lib/b.sh", "/start"]);
});

test("a link is followed, an endless one is not", async () => {
  const files = {
    "/entry.sh": { link: "scripts/real.sh" },
    "/scripts/real.sh": SH,
    "/loop.sh": { link: "/loop.sh" },
  };
  expect((await read(["/entry.sh"], files)).scripts).toEqual([
    { path: "/entry.sh", text: SH },
  ]);
  expect((await read(["/loop.sh"], files)).paths).toEqual([]);
});

test("what is no shell script, or too large, is left alone", async () => {
  const files = {
    "/usr/bin/gunicorn": "#!/usr/bin/python3\n",
    "/large.sh": SH + "#".repeat(70_000),
  };
  expect((await read(["gunicorn", "shop"], files)).paths).toEqual([]);
  expect((await read(["/large.sh"], files)).paths).toEqual([]);
  expect((await read([], {})).asked).toEqual([]);
});
