import { execFile, execFileSync } from "node:child_process";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { extract, pack, type Headers } from "tar-stream";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { TestCli } from "../testing/run-cli.js";

let cli: TestCli;
let folder: string;
beforeEach(() => {
  cli = new TestCli();
  folder = mkdtempSync(join(tmpdir(), "cp-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

type Entry = [Headers, string?];

/** A tar; with `broken`, one that is cut off within its last file. */
function tarOf(entries: Entry[], broken = false) {
  return async function* () {
    const tar = pack();
    for (const [header, content] of entries) tar.entry(header, content ?? "");
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar) chunks.push(chunk as Buffer);
    const all = Buffer.concat(chunks);
    yield broken ? all.subarray(0, 512 + 3) : all;
    if (broken) throw new Error("the connection was closed");
  };
}

describe("from a replica", () => {
  test("a file, to a name or into a folder; its permissions are kept", async () => {
    cli.sidecar.files.set("/tmp/run.sh", {});
    cli.sidecar.archive = tarOf([[{ name: "run.sh", mode: 0o750 }, "echo"]]);
    const quiet = { out: "", err: "", code: 0 };
    expect(await cli.run(`cp session/shop:/tmp/run.sh ${folder}/x`)).toEqual(
      quiet,
    );
    expect(await cli.run(`cp shop:/tmp/run.sh ${folder}`)).toEqual(quiet);
    for (const name of ["x", "run.sh"]) {
      expect(readFileSync(join(folder, name), "utf8")).toBe("echo");
      expect(statSync(join(folder, name)).mode & 0o777).toBe(0o750);
    }
    expect(readdirSync(folder).sort()).toEqual(["run.sh", "x"]);
  });

  test("a folder with what is in it; links only to within", async () => {
    cli.sidecar.files.set("/app", { directory: true });
    cli.sidecar.archive = tarOf([
      [{ name: "app/", type: "directory", mode: 0o755 }],
      [{ name: "app/locked/", type: "directory", mode: 0o555 }],
      [{ name: "app/locked/a.py" }, "a"],
      [{ name: "app/in", type: "symlink", linkname: "locked/a.py" }],
      [{ name: "app/out", type: "symlink", linkname: "../../etc/passwd" }],
      [{ name: "app/up", type: "symlink", linkname: "/etc" }],
      [{ name: "app/up/evil" }, "written to a folder of its own"],
      [{ name: "app/../../evil" }, "nowhere"],
      [{ name: "app/pipe", type: "fifo" }],
      [{ name: "app/\x1b[2J\u009b2J", type: "fifo" }],
    ]);
    const { err, code } = await cli.run(`cp shop:/app ${folder}/copy`);
    expect(code).toBe(0);
    expect(readFileSync(join(folder, "copy/locked/a.py"), "utf8")).toBe("a");
    expect(statSync(join(folder, "copy/locked")).mode & 0o777).toBe(0o555);
    expect(readlinkSync(join(folder, "copy/in"))).toBe("locked/a.py");
    expect(lstatSync(join(folder, "copy/up")).isDirectory()).toBe(true);
    expect(existsSync(join(folder, "evil"))).toBe(false);
    expect(err.split("\n")).toEqual([
      "left out: app/../../evil: it is not within what is copied",
      "left out: app/pipe: a fifo",
      "left out: app/\\u001b[2J\\u009b2J: a fifo",
      "left out: app/out: a link to ../../etc/passwd, which is not within what is copied",
      "left out: app/up: a link to /etc, which is not within what is copied",
      "",
    ]);
  });

  test("a pipe or a device is written to, not put out of its place", async () => {
    cli.sidecar.files.set("/tmp/run.sh", {});
    cli.sidecar.archive = tarOf([[{ name: "run.sh" }, "echo"]]);
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", [pipe]);
    const read = promisify(execFile)("cat", [pipe]);
    expect((await cli.run(`cp shop:/tmp/run.sh ${pipe}`)).code).toBe(0);
    expect((await read).stdout).toBe("echo");
    symlinkSync("pipe", join(folder, "link"));
    const again = promisify(execFile)("cat", [pipe]);
    expect((await cli.run(`cp shop:/tmp/run.sh ${folder}/link`)).code).toBe(0);
    expect((await again).stdout).toBe("echo");
    expect(lstatSync(pipe).isFIFO()).toBe(true);
  });

  test("cut off, no half file is left, and an old one stays as it was", async () => {
    cli.sidecar.files.set("/tmp/big", {});
    cli.sidecar.archive = tarOf([[{ name: "big" }, "0123456789"]], true);
    writeFileSync(join(folder, "big"), "old");
    const { err, code } = await cli.run(`cp shop:/tmp/big ${folder}/big`);
    expect(err).toContain(`error: cannot copy /tmp/big to ${folder}/big`);
    expect(code).toBe(1);
    expect(readdirSync(folder)).toEqual(["big"]);
    expect(readFileSync(join(folder, "big"), "utf8")).toBe("old");
  });

  test("a signal leaves no half file", async () => {
    cli.sidecar.files.set("/tmp/big", {});
    cli.sidecar.archive = async function* (signal) {
      const tar = pack();
      tar.entry({ name: "big", size: 1000 }).write("0123456789");
      yield tar.read() as Buffer;
      await vi.waitUntil(() => readdirSync(folder).length > 0);
      cli.signal("SIGINT");
      signal.throwIfAborted();
    };
    const { err, code } = await cli.run(`cp shop:/tmp/big ${folder}/big`);
    expect(err).toBe("");
    expect(code).toBe(130);
    expect(readdirSync(folder)).toEqual([]);
  });

  test("-: the tar as it is", async () => {
    cli.sidecar.files.set("/tmp/a", {});
    cli.sidecar.archive = tarOf([[{ name: "a" }, "inside"]]);
    expect((await cli.run("cp shop:/tmp/a -")).out).toContain("inside");
  });
});

describe("into a replica", () => {
  const sent = async () => {
    const entries: [string, string, number, string][] = [];
    const reader = extract();
    reader.on("entry", (header, content, next) => {
      void text(content).then((read) => {
        const { name, type, mode = 0 } = header;
        entries.push([name, type ?? "", mode, header.linkname ?? read]);
        next();
      });
    });
    const finished = new Promise((resolve) => reader.on("finish", resolve));
    reader.end(cli.sidecar.written);
    await finished;
    return entries;
  };

  test("a file under another name, or into a folder that there is", async () => {
    const path = join(folder, "run.sh");
    writeFileSync(path, "echo", { mode: 0o755 });
    expect(await cli.run(`cp ${path} session/shop:/tmp/x`)).toEqual({
      out: "",
      err: "",
      code: 0,
    });
    expect(cli.sidecar.calls).toContain("write shop /tmp");
    expect(await sent()).toEqual([["x", "file", 0o755, "echo"]]);
    cli.sidecar.files.set("/tmp", { directory: true });
    await cli.run(`cp ${path} shop:/tmp`);
    expect(await sent()).toEqual([["run.sh", "file", 0o755, "echo"]]);
  });

  test("a folder with its links", async () => {
    mkdirSync(join(folder, "dir/sub"), { recursive: true, mode: 0o755 });
    writeFileSync(join(folder, "dir/sub/empty"), "", { mode: 0o600 });
    symlinkSync("sub/empty", join(folder, "dir/to"));
    cli.sidecar.files.set("/data", { directory: true });
    await cli.run(`cp ${folder}/dir shop:/data`);
    expect(cli.sidecar.calls).toContain("write shop /data");
    expect(
      (await sent()).map(([name, type, , of]) => [name, type, of]),
    ).toEqual([
      ["dir", "directory", ""],
      ["dir/sub", "directory", ""],
      ["dir/sub/empty", "file", ""],
      ["dir/to", "symlink", "sub/empty"],
    ]);
  });
});

test.each([
  ["cp a", "error: source and destination are required"],
  [
    "cp a b",
    "error: one of source or destination must be in a replica: session/NAME:/PATH",
  ],
  ["cp s:/a t:/b", "error: one of source or destination must be a path here"],
  [
    "cp pause/x:/a b",
    "error: sidestep cp takes session/NAME:/PATH, not pause/x:/a",
  ],
  [
    "cp shop:tmp/a b",
    'error: a path in a replica begins with "/", not "tmp/a"',
  ],
  ["cp /nowhere shop:/b", 'error: the path "/nowhere" does not exist'],
  ["cp shop:/gone b", 'Error from server (NotFound): files "/gone" not found'],
])("%s", async (line, message) => {
  const { err, code } = await cli.run(line);
  expect(err.split("\n")[0]).toBe(message);
  expect(code).toBe(1);
});
