import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { notFound } from "../errors.js";
import { aBreakpoint, aSession } from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";

let cli: TestCli;
let folder: string;
beforeEach(() => {
  cli = new TestCli();
  folder = mkdtempSync(join(tmpdir(), "manifests-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** Writes a file; its path. */
function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const SESSION = `apiVersion: sidestep.dev/v1
kind: Session
metadata:
  name: shop
spec:
  target: shop
  match:
    - header: {x-debug: alice}
`;
const BREAKPOINT = `apiVersion: sidestep.dev/v1
kind: Breakpoint
metadata:
  name: negative
spec:
  session: shop
  at: shop/views.py:42
`;
const NAMELESS = BREAKPOINT.replace(/metadata:\n.*\n/, "");

describe("apply", () => {
  test("created, then unchanged, then configured", async () => {
    const path = file("s.yaml", SESSION);
    expect(await cli.run(`apply -f ${path}`)).toEqual({
      out: "session/shop created\n",
      err: "",
      code: 0,
    });
    expect((await cli.run(`apply -f ${path}`)).out).toBe(
      "session/shop unchanged\n",
    );
    file("s.yaml", `${SESSION}  priority: 5\n`);
    expect(await cli.run(`apply -f ${path}`)).toEqual({
      out: "session/shop configured\n",
      err: "",
      code: 0,
    });
    expect(cli.sidecar.sessionList[0]?.spec.priority).toBe(5);
    expect(
      cli.sidecar.calls.filter((call) => /create|update/.test(call)),
    ).toEqual(["create", "update shop"]);
  });

  test("what `get -o yaml` and `-o json` print is unchanged", async () => {
    cli.sidecar.sessionList = [aSession("a"), aSession("b")];
    cli.sidecar.breakpointList = [aBreakpoint("a-b1", {}, { session: "a" })];
    for (const format of ["yaml", "json"]) {
      const { out } = await cli.run(`get se,bp -o ${format}`);
      const applied = await cli.run(`apply -f ${file(`all.${format}`, out)}`);
      expect(applied).toEqual({
        out: "session/a unchanged\nsession/b unchanged\nbreakpoint/a-b1 unchanged\n",
        err: "",
        code: 0,
      });
    }
  });

  test("labels are applied as a spec is; a file that names none leaves them", async () => {
    const labelled = SESSION.replace(
      "name: shop",
      "name: shop\n  labels: {team: red}",
    );
    const apply = async (text: string) =>
      (await cli.run(`apply -f ${file("s.yaml", text)}`)).out;
    const labels = () => cli.sidecar.sessionList[0]?.metadata.labels;
    expect(await apply(labelled)).toBe("session/shop created\n");
    cli.sidecar.sessionList[0]!.metadata.labels = {
      team: "blue",
      "sidestep.target": "shop",
    };
    expect(await apply(SESSION)).toBe("session/shop unchanged\n");
    expect(labels()).toMatchObject({ team: "blue" });
    expect(await apply(labelled)).toBe("session/shop configured\n");
    expect(labels()).toEqual({ team: "red" });
    cli.sidecar.sessionList[0]!.metadata.labels["sidestep.target"] = "shop";
    const { out } = await cli.run("get session shop -o yaml");
    expect(out).toContain("sidestep.target");
    expect(await apply(out)).toBe("session/shop unchanged\n");
  });

  test("what makes the replica anew is said", async () => {
    cli.sidecar.sessionList = [aSession("shop")];
    const path = file("s.yaml", `${SESSION}  env: {A: "1"}\n  ttl: 1h\n`);
    const { out, err } = await cli.run(`apply -f ${path}`);
    expect(out).toBe("session/shop configured\n");
    expect(err).toBe(
      "session/shop: env cannot change in place: its replica is made anew, its requests go to the original meanwhile\n",
    );
  });

  test("a folder, with -R its folders, and several documents; sessions first", async () => {
    file("a.yaml", BREAKPOINT);
    file("b.yml", SESSION);
    file("notes.txt", "not: ours");
    file("deep/c.json", JSON.stringify({ ...aSession("deep"), status: {} }));
    const flat = await cli.run(`apply -f ${folder} --dry-run=client`);
    expect(flat.out).toBe(
      "session/shop created (dry run)\nbreakpoint/negative created (dry run)\n",
    );
    expect(cli.sidecar.calls).not.toContain("create");
    const deep = await cli.run(`apply -f ${folder} -R -o name`);
    expect(deep.out).toBe("session/shop\nsession/deep\nbreakpoint/negative\n");
    const both = file("both.yaml", `---\n${BREAKPOINT}---\n${SESSION}---\n`);
    expect((await cli.run(`apply -f ${both}`)).out).toBe(
      "session/shop unchanged\nbreakpoint/negative unchanged\n",
    );
  });

  test("the standard input", async () => {
    cli.streams.in.end(SESSION);
    const { out } = await cli.run("apply -f - -o yaml");
    expect(out).toContain("kind: Session");
    expect(out).toContain("x-debug: alice");
  });

  test("--dry-run=server asks the sidecar, and changes nothing", async () => {
    const path = file("s.yaml", SESSION);
    expect((await cli.run(`apply -f ${path} --dry-run=server`)).out).toBe(
      "session/shop created (server dry run)\n",
    );
    cli.sidecar.sessionList = [aSession("shop", {}, { priority: 1 })];
    expect((await cli.run(`apply -f ${path} --dry-run=server`)).out).toBe(
      "session/shop configured (server dry run)\n",
    );
    expect(cli.sidecar.calls).toContain("update shop (dry run)");
    expect(cli.sidecar.sessionList[0]?.spec.priority).toBe(1);
  });

  test("--dry-run=server and diff take a breakpoint of a session that is in the files", async () => {
    cli.sidecar.createBreakpoint = () =>
      Promise.reject(notFound("sessions", "shop"));
    cli.sidecar.breakpoints = () =>
      Promise.reject(notFound("sessions", "shop"));
    for (const breakpoint of [BREAKPOINT, NAMELESS]) {
      const path = file("s.yaml", `${SESSION}---\n${breakpoint}`);
      const { out, err } = await cli.run(`apply -f ${path} --dry-run=server`);
      expect(err).toBe("");
      expect(out).toMatch(
        /^session\/shop created \(server dry run\)\nbreakpoint\/\S+ created \(server dry run\)\n$/,
      );
      const diff = await cli.run(`diff -f ${path}`);
      expect(diff.err).toBe("");
      expect(diff.out).toContain("+kind: Breakpoint\n");
    }
  });

  test("a breakpoint keeps its name when it changes", async () => {
    cli.sidecar.breakpointList = [aBreakpoint("negative")];
    const path = file("b.yaml", `${BREAKPOINT}  if: total < 0\n`);
    expect((await cli.run(`apply -f ${path}`)).out).toBe(
      "breakpoint/negative configured\n",
    );
    expect(cli.sidecar.breakpointList[0]?.spec.if).toBe("total < 0");
  });

  test("one that the sidecar refuses keeps no other from being applied", async () => {
    const path = file(
      "s.yaml",
      `${SESSION}---\n${SESSION.replace("name: shop", "name: other")}`,
    );
    const made = cli.sidecar.makeSession;
    cli.sidecar.makeSession = (asked) => {
      if (asked.metadata?.name === "shop") throw new Error("refused");
      return made(asked);
    };
    const { out, err, code } = await cli.run(`apply -f ${path}`);
    expect(out).toBe("session/other created\n");
    expect(err).toContain("refused");
    expect(code).toBe(1);
  });
});

describe("bad files", () => {
  const errors = async (text: string) => {
    const path = file("bad.yaml", text);
    const { out, err, code } = await cli.run(`apply -f ${path}`);
    expect(out).toBe("");
    expect(code).toBe(1);
    expect(cli.sidecar.calls).toEqual([]);
    return err.replaceAll(`${folder}/`, "");
  };

  test("an unknown field is named with its line and the nearest that there is", async () => {
    expect(await errors(SESSION.replace("match:", "matches:"))).toBe(
      'error: bad.yaml:7: unknown field "spec.matches", did you mean "spec.match"?\n',
    );
  });

  test("all that is wrong is told at once, before anything is done", async () => {
    const two = `${SESSION}  whenPaused: later\n---\n${BREAKPOINT.replace("views.py:42", "views.py")}`;
    expect(await errors(two)).toBe(
      'error: bad.yaml:9: spec.whenPaused: Invalid option: expected one of "queue"|"original"|"reject"\n' +
        "error: bad.yaml:17: spec.at: must be FILE:LINE, such as shop/views.py:42\n",
    );
  });

  test.each([
    ["a: [1\n", /^error: bad\.yaml:\d+: not valid YAML: .+\n$/],
    [
      "a: 1\na: 2\n",
      /^error: bad\.yaml:2: not valid YAML: Map keys must be unique/,
    ],
    ["- 1\n", /^error: bad\.yaml:1: a document must be an object/],
    [
      "apiVersion: sidestep.dev/v1\n",
      /^error: bad\.yaml:1: Object 'Kind' is missing\nthere are: Session, Breakpoint\n$/,
    ],
    [
      "kind: Sesion\n",
      /^error: bad\.yaml:1: no matches for kind "Sesion", did you mean "Session"\?\nfiles can have: Session, Breakpoint\n$/,
    ],
    [
      "\n\nkind: Session\napiVersion: v1\n",
      /^error: bad\.yaml:4: no matches for kind "Session" in version "v1"\nit must be: apiVersion: sidestep\.dev\/v1\n$/,
    ],
    ["kind: Session\n", /^error: bad\.yaml:1: apiVersion not set\n/],
    ["# nothing\n---\n", /^error: no objects passed to apply\n/],
  ])("%j", async (text, message) => {
    expect(await errors(text)).toMatch(message);
  });

  test("a session without a name can be created, not applied", async () => {
    const nameless = SESSION.replace(/metadata:\n.*\n/, "");
    const path = file("s.yaml", nameless);
    const { err } = await cli.run(`apply -f ${path}`);
    expect(err).toContain("s.yaml:1: metadata.name is missing");
    expect((await cli.run(`create -f ${path}`)).out).toBe(
      "session/shop created\n",
    );
  });

  test.each([
    ["apply", "error: must specify -f\n"],
    ["apply -f /nowhere", 'error: the path "/nowhere" does not exist\n'],
    [
      "apply -f x --dry-run=maybe",
      'error: invalid argument "maybe" for "--dry-run" flag: must be one of none, client, server\n',
    ],
    ["diff", "error: must specify -f\n"],
  ])("%s", async (line, message) => {
    const { err, code } = await cli.run(line);
    expect(err.startsWith(message)).toBe(true);
    expect(code).toBe(line === "diff" ? 2 : 1);
  });
});

describe("diff", () => {
  test("0: the same; 1: what differs, as `diff -u` shows it", async () => {
    cli.sidecar.sessionList = [aSession("shop")];
    const path = file("s.yaml", SESSION);
    expect(await cli.run(`diff -f ${path}`)).toEqual({
      out: "",
      err: "",
      code: 0,
    });
    file("s.yaml", SESSION.replace("alice", "bob"));
    const { out, err, code } = await cli.run(`diff -f ${path}`);
    expect(out).toMatch(
      /^--- \S+LIVE-\S+sidestep\.dev\.v1\.Session\.shop.*\n\+\+\+ \S+MERGED-/m,
    );
    expect(out).toContain("-        x-debug: alice\n+        x-debug: bob\n");
    expect({ err, code }).toEqual({ err: "", code: 1 });
    expect(cli.sidecar.calls).not.toContain("update shop");
  });

  test("one that is not there yet is all new", async () => {
    const { out, code } = await cli.run(`diff -f ${file("s.yaml", SESSION)}`);
    expect(out).toContain("+kind: Session\n");
    expect(code).toBe(1);
  });

  test("more than 1: there is no answer", async () => {
    const { err, code } = await cli.run(`diff -f ${file("s.yaml", "a: [")}`);
    expect(err).toContain("not valid YAML");
    expect(code).toBe(2);
  });
});

test("create -f says created, and what is there already is refused", async () => {
  const path = file("s.yaml", `${SESSION}---\n${BREAKPOINT}`);
  expect((await cli.run(`create -f ${path}`)).out).toBe(
    "session/shop created\nbreakpoint/negative created\n",
  );
  expect((await cli.run("create bp a.py:1 --dry-run=client")).err).toContain(
    "--dry-run should only be used with -f",
  );
});

test("delete -f deletes what the files have", async () => {
  cli.sidecar.sessionList = [aSession("other")];
  cli.sidecar.breakpointList = [
    aBreakpoint("x-b1", {}, { session: "shop", at: "shop/views.py:42" }),
  ];
  expect(await cli.run(`delete -f ${file("b.yaml", NAMELESS)}`)).toEqual({
    out: 'breakpoint "x-b1" deleted\n',
    err: "",
    code: 0,
  });
  const gone = await cli.run(`delete -f ${file("s.yaml", SESSION)}`);
  expect(gone.err).toBe(
    'Error from server (NotFound): sessions "shop" not found\n',
  );
  expect(gone.code).toBe(1);
  const fine = await cli.run(
    `delete --ignore-not-found -f ${file("s.yaml", SESSION)}`,
  );
  expect(fine).toEqual({ out: "", err: "", code: 0 });
});
