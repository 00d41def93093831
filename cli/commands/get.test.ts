import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { parse } from "yaml";
import { aBreakpoint, aPause, aSession, aTarget } from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  cli.sidecar.targetList = [
    aTarget("shop", { sessions: ["shop-x7k2p"] }),
    aTarget("other/app", {
      ports: [],
      state: "exited",
      problem: "it does not run",
    }),
  ];
  cli.sidecar.sessionList = [
    aSession("shop-x7k2p", { pauses: 1, phase: "Paused" }),
    aSession("all", {}, { match: undefined }),
  ];
  cli.sidecar.pauseList = [aPause()];
});

test("targets", async () => {
  expect(await cli.run("get targets")).toEqual({
    out: [
      "NAME        IMAGE            PORTS    STATE     SESSIONS     AGE",
      "shop        demo-shop        8000     running   shop-x7k2p   5h",
      "other/app   demo-other/app   <none>   exited    <none>       5h",
      "",
    ].join("\n"),
    err: "",
    code: 0,
  });
});

test("targets, wide: which containers, and why not", async () => {
  const { out } = await cli.run("get tgt -o wide");
  expect(out).toMatch(/AGE +CONTAINERS +PROBLEM\n/);
  expect(out).toMatch(/demo-other\/app-1 +it does not run\n/);
});

test("sessions", async () => {
  const { out } = await cli.run("get sessions");
  expect(out).toBe(
    [
      "NAME         TARGET   MATCH                  PHASE    PAUSES   REQUESTS   AGE",
      "shop-x7k2p   shop     header:x-debug=alice   Paused   1        12/352     2m5s",
      "all          shop     <all>                  Ready    0        12/352     2m5s",
      "",
    ].join("\n"),
  );
});

test("sessions, wide: the replica and what it runs", async () => {
  cli.sidecar.sessionList[0]!.status.oldConnections = 3;
  const { out } = await cli.run("get se -o wide --no-headers");
  expect(out.split("\n")[0]).toMatch(
    /2m5s   shop-replica   python 3.11.2   gunicorn 20.1.0   123-456-789   demo-shop-1   3$/,
  );
});

test("pauses: where, short, and full when wide", async () => {
  expect((await cli.run("get pauses")).out).toBe(
    [
      "NAME       SESSION   LOCATION           REQUEST                AGE",
      "3f9c2a1b   shop      shop/views.py:42   GET /orders/7?pdb=1   30s",
      "",
    ]
      .join("\n")
      .replace("REQUEST                AGE", "REQUEST               AGE"),
  );
  const wide = (await cli.run("get pa -o wide")).out;
  expect(wide).toContain("/app/shop/views.py:42");
  expect(wide).toMatch(/CLIENT +WAITING +FUNCTION +THREAD +VIEWERS +REASON\n/);
});

test.each([
  "get session shop-x7k2p",
  "get SESSIONS shop-x7k2p",
  "get session/shop-x7k2p",
])("%s shows that one", async (line) => {
  const { out, code } = await cli.run(line);
  expect(out.split("\n")).toHaveLength(3);
  expect(out).toContain("shop-x7k2p");
  expect(code).toBe(0);
});

test("a target's name may hold a slash", async () => {
  for (const line of ["get target other/app", "get target/other/app"]) {
    expect((await cli.run(`${line} -o name`)).out).toBe("target/other/app\n");
  }
});

test("several types are told apart by their names", async () => {
  const { out } = await cli.run("get sessions,pauses");
  expect(out).toContain("session/shop-x7k2p   shop");
  expect(out).toContain("\n\nNAME");
  expect(out).toContain("pause/3f9c2a1b   shop");
  expect((await cli.run("get se/all pa/3f9c2a1b -o name")).out).toBe(
    "session/all\npause/3f9c2a1b\n",
  );
});

test("-o json and yaml give one object for one name, else a list", async () => {
  const one = await cli.run("get session all -o json");
  expect(JSON.parse(one.out)).toMatchObject({
    kind: "Session",
    metadata: { name: "all" },
  });
  const list = await cli.run("get sessions -o yaml");
  expect(parse(list.out)).toMatchObject({
    kind: "List",
    items: [{ kind: "Session" }, { kind: "Session" }],
  });
});

test("an empty list is no error", async () => {
  cli.sidecar.pauseList = [];
  expect(await cli.run("get pauses")).toEqual({
    out: "",
    err: "No resources found.\n",
    code: 0,
  });
  expect(JSON.parse((await cli.run("get pauses -o json")).out)).toMatchObject({
    items: [],
  });
});

test("a name that is not there is an error, the others are shown", async () => {
  const { out, err, code } = await cli.run("get sessions nope all");
  expect(out).toContain("all");
  expect(err).toBe('Error from server (NotFound): sessions "nope" not found\n');
  expect(code).toBe(1);
});

test.each([
  ["get", "error: You must specify the type of resource to get"],
  ["get foo", `error: the server doesn't have a resource type "foo"`],
  [
    "get sessions -o foo",
    'error: unable to match a printer suitable for the output format "foo", allowed formats are: custom-columns,custom-columns-file,json,jsonpath,jsonpath-as-json,jsonpath-file,name,wide,yaml',
  ],
  ["get sessions -o json=x", 'for the output format "json=x"'],
  [
    "get sessions -o jsonpath",
    "error: template format specified but no template given\n",
  ],
  [
    "get sessions -o jsonpath={.items",
    "error: error parsing jsonpath {.items, unclosed action\n",
  ],
  [
    "get sessions -o custom-columns=NAME",
    "error: unexpected custom-columns spec: NAME, expected <header>:<json-path-expr>\n",
  ],
  ["get sessions -o jsonpath-file=/no", "error: open /no: no such file or"],
  ["get sessions --sort-by {x", "error: unexpected path string, expected a"],
  ["get sessions -l a=,b?", "error: unable to parse requirement: found '?'"],
  [
    "get session x -l a=b",
    "error: name cannot be provided when a selector is specified\n",
  ],
  ["get sesions", "did you mean sessions? there are: targets (tgt), "],
  ["get sessions session/x", "error: there is no need to specify a resource"],
  ["get session/", "error: arguments in resource/name form must have"],
  [
    "get sessions --foo",
    "error: unknown flag: --foo\nSee 'sidestep get --help' for usage.\n",
  ],
  ["get sessions -x", "error: unknown shorthand flag: 'x' in -x"],
  ["get sessions -o", "error: flag needs an argument: --output"],
])("%s is refused", async (line, message) => {
  const { out, err, code } = await cli.run(line);
  expect(err).toContain(message);
  expect({ out, code }).toEqual({ out: "", code: 1 });
  expect(cli.sidecar.calls).toEqual([]);
});

const PHASES = `-o jsonpath={range.items[*]}{.metadata.name}={.status.phase};{end}`;

test("jsonpath: of the list, or of the one that was named; no line is added", async () => {
  expect((await cli.run(`get sessions ${PHASES}`)).out).toBe(
    "shop-x7k2p=Paused;all=Ready;",
  );
  const pin = await cli.run("get session all -o jsonpath={.status.pin}");
  expect(pin.out).toBe("123-456-789");
  expect((await cli.run("get session all -o jsonpath=.status.pin")).out).toBe(
    "123-456-789",
  );
  const list = await cli.run(
    "get se -o jsonpath-as-json={.items[*].metadata.name}",
  );
  expect(JSON.parse(list.out)).toEqual(["shop-x7k2p", "all"]);
});

test("jsonpath: what does not fit is told with the template", async () => {
  const { err, code } = await cli.run("get se -o jsonpath={.items[9].kind}");
  expect(err).toContain(
    'error: error executing jsonpath "{.items[9].kind}": array index out of bounds: index 9, length 2\n',
  );
  expect(code).toBe(1);
});

test("columns of one's own, with <none> and lists", async () => {
  const { out } = await cli.run(
    "get tgt -o custom-columns=NAME:.metadata.name,PORTS:.status.ports[*],X:{.no}",
  );
  expect(out).toBe(
    "NAME        PORTS    X\nshop        8000     <none>\nother/app   <none>   <none>\n",
  );
});

test("templates and columns from files", async () => {
  const folder = await mkdtemp(join(tmpdir(), "sidestep-get-"));
  try {
    await writeFile(join(folder, "t"), "{.items[*].metadata.name}\n");
    await writeFile(join(folder, "c"), "NAME  AT\n.metadata.name  .kind\n");
    expect((await cli.run(`get se -o jsonpath-file=${folder}/t`)).out).toBe(
      "shop-x7k2p all",
    );
    expect(
      (await cli.run(`get se -o custom-columns-file=${folder}/c --no-headers`))
        .out,
    ).toBe("shop-x7k2p   Session\nall          Session\n");
  } finally {
    await rm(folder, { recursive: true });
  }
});

test("sorted by a field, numbers as numbers, names as people count", async () => {
  cli.sidecar.breakpointList = [
    aBreakpoint("b10", { hits: 9 }),
    aBreakpoint("b9", { hits: 10 }),
    aBreakpoint("b1", { hits: 0 }),
  ];
  const names = async (flags: string) =>
    (await cli.run(`get bp -o name ${flags}`)).out
      .trim()
      .split("\n")
      .map((line) => line.slice("breakpoint/".length));
  expect(await names("--sort-by .status.hits")).toEqual(["b1", "b10", "b9"]);
  expect(await names("--sort-by=metadata.name")).toEqual(["b1", "b9", "b10"]);
});

test("a field that nothing has: the near one is named", async () => {
  const { out, err, code } = await cli.run(
    "get sessions --sort-by .status.phas",
  );
  expect(err).toContain(
    `error: couldn't find any field with path ".status.phas" in the list of objects\ndid you mean .status.phase? there are: .apiVersion, `,
  );
  expect({ out, code }).toEqual({ out: "", code: 1 });
});

test("labels: shown, and selected by", async () => {
  const [first] = cli.sidecar.sessionList;
  first!.metadata.labels = { team: "red", stage: "prod" };
  const { out } = await cli.run("get se --show-labels");
  expect(out).toMatch(/AGE +LABELS\n.* stage=prod,team=red\n.* <none>\n$/);
  const names = async (selector: string[]) =>
    (await cli.run(["get", "se", "-o", "name", ...selector])).out;
  expect(await names(["-l", "team in (red,blue)"])).toBe(
    "session/shop-x7k2p\n",
  );
  expect(await names(["--selector=!team"])).toBe("session/all\n");
  expect(await cli.run("get se -l team=blue")).toEqual({
    out: "",
    err: "No resources found.\n",
    code: 0,
  });
});
