import { describe, expect, test } from "vitest";
import type { Field } from "../../sidecar/schema/fields.js";
import { explainType } from "../explain.js";
import { RESOURCE_TYPES } from "../resources.js";
import { TestCli } from "../testing/run-cli.js";

test("a field, its type, its values, and what is in it", async () => {
  const { out, code } = await new TestCli().run("explain session.spec");
  expect(out).toMatch(
    /^KIND: {7}Session\nVERSION: {4}sidestep\.dev\/v1\n\nFIELD: spec <Object> -required-\n\nDESCRIPTION:\n {4}what was asked for\n\nFIELDS:\n/,
  );
  expect(out).toContain("\n  target\t<string> -required-\n    compose service");
  expect(out).toContain(
    "\n  whenPaused\t<string>\n  enum: queue, original, reject\n  default: queue\n    what other",
  );
  expect(out).toContain("\n  match\t<[]Object>\n    which requests");
  expect(code).toBe(0);
});

test("fields of lists, with plural and short names", async () => {
  const { out } = await new TestCli().run("explain se.spec.match.header");
  expect(out).toContain("FIELD: header <map[string]string>\n");
  expect(out).not.toContain("FIELDS:");
});

test("--recursive: all names below, indented", async () => {
  const { out } = await new TestCli().run("explain pauses --recursive");
  expect(out).toContain(
    "  status\t<Object> -required-\n    session\t<string> -required-\n",
  );
  expect(out).toContain("    request\t<Object>\n      method\t<string>");
});

test("it asks nobody", async () => {
  const cli = new TestCli();
  await cli.run("explain target");
  expect(cli.connected).toEqual([]);
});

test.each([
  ["explain", "error: You must specify the type of resource to explain: "],
  ["explain foo", `error: the server doesn't have a resource type "foo"`],
  [
    "explain session.spec.mtach",
    'error: field "mtach" does not exist\ndid you mean match? the fields of sessions.spec are: target, port, match, ',
  ],
  [
    "explain session.spec.ttl.x",
    'error: field "x" does not exist\nsessions.spec.ttl has no fields\n',
  ],
])("%s is refused", async (line, message) => {
  const { err, code } = await new TestCli().run(line);
  expect(err).toContain(message);
  expect(code).toBe(1);
});

describe.each(RESOURCE_TYPES)("%s", (type) => {
  test("every field is described", () => {
    const missing: string[] = [];
    let seen = 0;
    const visit = (field: Field, path: string) => {
      seen += 1;
      if (field.description === "") missing.push(path);
      for (const [name, inner] of Object.entries(field.fields ?? {})) {
        visit(inner, `${path}.${name}`);
      }
    };
    visit(explainType(type), type);
    expect(missing).toEqual([]);
    expect(seen).toBeGreaterThan(5);
  });
});
