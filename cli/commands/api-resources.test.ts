import { expect, test } from "vitest";
import { RESOURCE_TYPES, parseType } from "../resources.js";
import { TestCli } from "../testing/run-cli.js";

test("the types, by name, with what can be done with them", async () => {
  const { out } = await new TestCli().run("api-resources");
  expect(out).toMatch(/^NAME +SHORTNAMES +APIVERSION +NAMESPACED +KIND\n/);
  expect(out).toMatch(/^sessions +se +sidestep\.dev\/v1 +false +Session$/m);
  const wide = await new TestCli().run("api-resources -o wide --no-headers");
  expect(wide.out).toMatch(/^sessions .* Session +apply,create,delete,/m);
});

test("-o name gives names that every verb takes", async () => {
  const { out } = await new TestCli().run("api-resources -o name");
  expect(out.trim().split("\n").map(parseType).sort()).toEqual(
    [...RESOURCE_TYPES].sort(),
  );
});

test("an unknown format is refused", async () => {
  const { err, code } = await new TestCli().run("api-resources -o yml");
  expect(err).toContain('for the output format "yml", allowed formats are: ');
  expect(code).toBe(1);
});
