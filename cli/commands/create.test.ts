import { beforeEach, describe, expect, test } from "vitest";
import { aBreakpoint, aSession } from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  cli.sidecar.sessionList = [aSession("shop")];
});

const asked = () => cli.sidecar.breakpointList.map(({ spec }) => spec);

test("a breakpoint in the only session; says where it is", async () => {
  expect(
    await cli.run("create breakpoint shop/views.py:42 --if total<0"),
  ).toEqual({
    out: "breakpoint/shop-b1 created\n",
    err: "breakpoint/shop-b1 Verified: /app/shop/views.py:42 in order\n",
    code: 0,
  });
  expect(asked()).toEqual([
    { session: "shop", at: "shop/views.py:42", if: "total<0" },
  ]);
});

test("in one of several sessions, with a log message", async () => {
  cli.sidecar.sessionList.push(aSession("other"));
  const line = "create bp session/other v.py:7 --log total={t} -o name";
  expect((await cli.run(line)).out).toBe("breakpoint/other-b1\n");
  expect(asked()).toEqual([
    { session: "other", at: "v.py:7", log: "total={t}" },
  ]);
});

describe.each([
  ["create", "say what to create: breakpoint FILE:LINE"],
  ["create session x", "makes breakpoints, not sessions; sidestep debug"],
  ["create frob x:1", `doesn't have a resource type "frob"`],
  ["create bp", "give one place: breakpoint [session/NAME] FILE:LINE"],
  ["create bp a b:1 c:2", "give one place"],
  ["create bp views.py", 'invalid argument "views.py" for "FILE:LINE"'],
  ["create bp views.py:0", "must be FILE:LINE, such as shop/views.py:42"],
  ["create bp pause/a views.py:1", "takes sessions, not pauses"],
  ["create bp a.py:1 --if=", 'invalid argument "" for "--if" flag'],
])("%s", (line, message) => {
  test("is refused", async () => {
    const { err, code } = await cli.run(line);
    expect(err).toContain(message);
    expect(code).toBe(1);
    expect(cli.sidecar.calls).toEqual([]);
  });
});

test("which session has to be said where there are several", async () => {
  cli.sidecar.sessionList.push(aSession("other"));
  const { err } = await cli.run("create bp a.py:1");
  expect(err).toBe(
    "error: there are several sessions: shop, other\nname one: sidestep create bp session/shop\n",
  );
});

describe("get and describe", () => {
  beforeEach(() => {
    cli.sidecar.breakpointList = [
      aBreakpoint("shop-b1", { hits: 3 }, { if: "order.total < 0" }),
      aBreakpoint(
        "shop-b2",
        {
          state: "Pending",
          message: "no file that ends with late.py is imported yet",
          locations: [],
        },
        { at: "late.py:7", log: "x={x}" },
      ),
    ];
  });

  test("get breakpoints: the location as it was found", async () => {
    expect((await cli.run("get bp")).out).toBe(
      [
        "NAME      SESSION   LOCATION           CONDITION         STATE      HITS   AGE",
        "shop-b1   shop      shop/views.py:42   order.total < 0   Verified   3      60s",
        "shop-b2   shop      late.py:7          <none>            Pending    0      60s",
        "",
      ].join("\n"),
    );
  });

  test("wide: why, and what is logged", async () => {
    const { out } = await cli.run("get breakpoints -o wide");
    expect(out).toMatch(/AGE +LOG +MESSAGE\n/);
    expect(out).toContain("/app/shop/views.py:42");
    expect(out).toMatch(/x=\{x\} +no file that ends with late.py is imported/);
  });

  test("describe by the beginning of its name", async () => {
    expect((await cli.run("describe bp shop-b1")).out).toMatchInlineSnapshot(`
      "Name:         shop-b1
      Session:      shop
      Created:      2026-05-04T11:59:00.000Z (60s ago)
      At:           shop/views.py:42
      Condition:    order.total < 0
      Log:          <none: it pauses>
      State:        Verified
      Message:      <none>
      Hits:         3
      Locations:
        /app/shop/views.py:42 in order
      "
    `);
  });

  test("delete by name, and all", async () => {
    const one = await cli.run("delete breakpoint shop-b2 shop-b9");
    expect(one.out).toBe('breakpoint "shop-b2" deleted\n');
    expect(one.err).toContain('breakpoints "shop-b9" not found');
    expect(one.code).toBe(1);
    expect((await cli.run("delete bp --all")).out).toBe(
      'breakpoint "shop-b1" deleted\n',
    );
    expect((await cli.run("delete breakpoints --all")).err).toBe(
      "No resources found.\n",
    );
    expect((await cli.run("delete bp")).err).toContain(
      "name the breakpoints to delete, or say --all",
    );
    expect(cli.sidecar.sessionList).toHaveLength(1);
  });
});
