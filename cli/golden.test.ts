import { expect, test } from "vitest";
import { RESOURCE_TYPES, verbsOf } from "./resources.js";
import { expectGolden, expectNoOthers } from "./testing/golden.js";
import { documentedProgram, visibleCommands } from "./testing/reference.js";
import { TestCli } from "./testing/run-cli.js";
import { aWorld } from "./testing/world.js";

const commands = visibleCommands(await documentedProgram()).map((command) => {
  const above = command.parent?.parent ? [command.parent.name()] : [];
  return [...above, command.name()];
});
const helps = [[], ...commands].map((words) => ({
  name: ["help", ...words].join("-"),
  words: [...words, "--help"],
}));

/** Every table: of each type, narrow, wide and with labels; of the types; and all of a description. */
const tables = [
  ...RESOURCE_TYPES.flatMap((type) => [
    { name: `get-${type}`, words: ["get", type] },
    { name: `get-${type}-wide`, words: ["get", type, "-o", "wide"] },
    { name: `get-${type}-labels`, words: ["get", type, "--show-labels"] },
    ...(verbsOf(type).includes("describe")
      ? [{ name: `describe-${type}`, words: ["describe", type] }]
      : []),
    { name: `explain-${type}`, words: ["explain", type, "--recursive"] },
  ]),
  { name: "get-several", words: ["get", "sessions,pauses"] },
  { name: "api-resources", words: ["api-resources", "-o", "wide"] },
  { name: "version", words: ["version"] },
];

test.each([...helps, ...tables])("$name", async ({ name, words }) => {
  const { out, err, code } = await aWorld().run(words);
  expect({ err, code }).toEqual({ err: "", code: 0 });
  await expectGolden(name, out);
});

test("there are no golden files of what is no more", () => {
  expectNoOthers([...helps, ...tables].map(({ name }) => name));
});

test("no line of a help is wider than a terminal", async () => {
  for (const { words } of helps) {
    const { out } = await new TestCli().run(words);
    const [usage = ""] = out.split("\nExamples:");
    for (const line of usage.split("\n")) {
      expect(line.length, line).toBeLessThanOrEqual(80);
    }
  }
});
