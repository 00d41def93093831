import {
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { NOT_TOLD_YET } from "../schema/index.js";
import { createBreakpoints, type Breakpoints } from "./breakpoints.js";
import { checkExpressions } from "./check.js";
import type { Report } from "./reports.js";
import { createStore } from "./store.js";

const CREATED = "2026-05-04T12:00:00.000Z";

let folder: string;
let told: string[];
let book: Breakpoints;
const open = () =>
  createBreakpoints(
    createStore(join(folder, "breakpoints")),
    {
      tell: (session) => void told.push(session),
      ask: () => async () => undefined,
    },
    checkExpressions,
  );
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "breakpoints-"));
  told = [];
  book = open();
});
afterEach(() => rmSync(folder, { recursive: true }));

const names = () => book.list().map(({ metadata }) => metadata.name);
const said = (id: string, more: Partial<Report>): Report => ({
  type: "breakpoint",
  id,
  state: "Verified",
  locations: [{ file: "/app/a.py", line: 1, function: "f" }],
  hits: 0,
  ...more,
});

describe("the book", () => {
  test("begins with the session's spec, and tells the kits at each change", async () => {
    book.begin("shop", CREATED, [{ at: "shop/views.py:42", if: "x < 0" }]);
    const made = await book.create("shop", { at: "c:d/b.py:7", log: "{x}" });
    expect(made).toMatchObject({
      metadata: { name: "shop-b2" },
      spec: { session: "shop", at: "c:d/b.py:7", log: "{x}" },
      status: { state: "Pending", message: NOT_TOLD_YET, hits: 0 },
    });
    expect(book.forKits("shop")).toEqual([
      { id: "shop-b1", file: "shop/views.py", line: 42, if: "x < 0" },
      { id: "shop-b2", file: "c:d/b.py", line: 7, log: "{x}" },
    ]);
    expect(book.delete("shop-b1")?.metadata.name).toBe("shop-b1");
    expect(book.delete("shop-b1")).toBeUndefined();
    expect(told).toEqual(["shop", "shop", "shop"]);
    expect(book.forKits("other")).toBeUndefined();
  });

  test("is found again by the next sidecar, and names are not given twice", async () => {
    book.begin("shop", CREATED, [{ at: "a.py:1" }]);
    await book.create("shop", { at: "b.py:1" });
    book.delete("shop-b2");
    book.delete("shop-b1");
    await book.create("shop", { at: "c.py:1" });
    book = open();
    book.begin("shop", CREATED, [{ at: "a.py:1" }]);
    expect(names()).toEqual(["shop-b3"]);
    const file = join(folder, "breakpoints", "shop.json");
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("of another session of that name is void, and so is one that cannot be read", () => {
    book.begin("shop", CREATED, [{ at: "a.py:1" }]);
    book = open();
    book.begin("shop", "2026-05-05T12:00:00.000Z", []);
    expect(names()).toEqual([]);
    writeFileSync(join(folder, "breakpoints", "shop.json"), "{");
    book = open();
    book.begin("shop", CREATED, [{ at: "a.py:1" }]);
    expect(names()).toEqual(["shop-b1"]);
  });

  test("goes with its session; what no session has is cleared away", () => {
    book.begin("shop", CREATED, []);
    book.begin("left", CREATED, []);
    book.end("shop");
    createStore(join(folder, "breakpoints")).keep(["other"]);
    expect(readdirSync(join(folder, "breakpoints"))).toEqual([]);
  });
});

describe("what replicas say", () => {
  beforeEach(() => book.begin("shop", CREATED, [{ at: "a.py:1" }]));
  const status = () => book.get("shop-b1")?.status;

  test("Verified in one process wins; hits of all are summed", () => {
    book.reported("shop", 7, said("shop-b1", { hits: 2 }));
    const message = "not imported";
    book.reported(
      "shop",
      8,
      said("shop-b1", { state: "Pending", message, hits: 1 }),
    );
    expect(status()).toMatchObject({ state: "Verified", hits: 3 });
    expect(status()?.message).toBeUndefined();
    book.gone("shop", 7);
    expect(status()).toMatchObject({ state: "Pending", message, hits: 3 });
  });

  test("a process that dials again is counted once, a new one of its number anew", () => {
    book.reported("shop", 7, said("shop-b1", { hits: 5 }));
    book.gone("shop", 7);
    expect(status()).toMatchObject({ message: NOT_TOLD_YET, hits: 5 });
    book.reported("shop", 7, said("shop-b1", { hits: 6 }));
    expect(status()?.hits).toBe(6);
    book.reported("shop", 7, said("shop-b1", { hits: 1 }));
    expect(status()?.hits).toBe(7);
  });

  test("what is said of a breakpoint that is deleted is passed over", () => {
    book.delete("shop-b1");
    book.reported("shop", 7, said("shop-b1", { hits: 5 }));
    expect(book.list()).toEqual([]);
  });
});

describe("what is refused", () => {
  beforeEach(() => book.begin("shop", CREATED, [{ at: "a.py:1", if: "x" }]));

  test.each([
    [{ at: "a.py:1", if: "x" }, /"shop-b1" is the same: a.py:1/],
    [
      { at: "a.py:1", if: "order.total <" },
      /the condition is not valid: .*\n {2}order\.total <\n {15}\^/,
    ],
    [
      { at: "a.py:1", log: "a {b c} d" },
      /the log message is not valid: .*\n {2}a \{b c\} d\n {2} +\^/,
    ],
  ])("%j", async (spec, message) => {
    await expect(book.create("shop", spec)).rejects.toThrow(message);
    expect(names()).toEqual(["shop-b1"]);
  });

  test("more than a hundred, or more text than goes into one message", async () => {
    const many = Array.from({ length: 101 }, (_, n) => ({
      at: `a.py:${n + 1}`,
    }));
    await expect(book.admit("new", many)).rejects.toThrow("more than 100");
    const long = Array.from({ length: 20 }, (_, n) => ({
      at: `a.py:${n + 1}`,
      log: "é".repeat(4000),
    }));
    await expect(book.admit("new", long)).rejects.toThrow("bytes of text");
    const twice = [{ at: "a.py:1" }, { at: "a.py:1" }];
    await expect(book.admit("new", twice)).rejects.toThrow("given twice");
  });

  test("the replica's own Python has the last word", async () => {
    const newer = createBreakpoints(
      createStore(join(folder, "breakpoints")),
      { tell: () => {}, ask: () => async () => null },
      checkExpressions,
    );
    newer.begin("shop", CREATED, []);
    const made = await newer.create("shop", { at: "a.py:1", if: "a b" });
    expect(made.spec.if).toBe("a b");
  });
});

describe("what is declared", () => {
  beforeEach(() => {
    book.begin("shop", CREATED, [{ at: "a.py:1" }, { at: "b.py:2" }]);
  });

  test("a name can be given, once; those that are made up avoid it", async () => {
    const spec = { at: "c.py:3" };
    const made = await book.create("shop", spec, { name: "shop-b3" });
    expect(made.metadata.name).toBe("shop-b3");
    await expect(
      book.create("shop", { at: "d.py:4" }, { name: "shop-b3" }),
    ).rejects.toThrow('breakpoints "shop-b3" already exists');
    const next = await book.create("shop", { at: "d.py:4" });
    expect(next.metadata.name).toBe("shop-b4");
  });

  test("one that changes keeps its name, and its hits begin anew", async () => {
    book.reported("shop", 7, said("shop-b1", { hits: 5 }));
    const changed = await book.update("shop-b1", { at: "a.py:9", if: "x" });
    expect(changed).toMatchObject({
      metadata: { name: "shop-b1" },
      spec: { at: "a.py:9", if: "x" },
      status: { hits: 0, state: "Pending" },
    });
    expect(names()).toEqual(["shop-b1", "shop-b2"]);
    await expect(book.update("shop-b1", { at: "b.py:2" })).rejects.toThrow(
      'breakpoints "shop-b2" is the same: b.py:2',
    );
    await expect(book.update("gone", { at: "b.py:2" })).rejects.toThrow(
      'breakpoints "gone" not found',
    );
  });

  test("a dry run changes nothing", async () => {
    await book.create("shop", { at: "c.py:3" }, { dryRun: true });
    await book.update("shop-b1", { at: "c.py:3" }, { dryRun: true });
    expect(book.list().map(({ spec }) => spec.at)).toEqual([
      "a.py:1",
      "b.py:2",
    ]);
  });

  test("another spec drops and adds its own, and leaves what was made beside it", async () => {
    await book.create("shop", { at: "beside.py:1" });
    book.respec(
      "shop",
      [{ at: "a.py:1" }, { at: "b.py:2" }],
      [{ at: "b.py:2" }, { at: "c.py:3" }],
    );
    expect(book.list().map(({ spec }) => spec.at)).toEqual([
      "b.py:2",
      "beside.py:1",
      "c.py:3",
    ]);
  });
});
