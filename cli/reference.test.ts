import { readFile } from "node:fs/promises";
import { expect, test } from "vitest";
import {
  documentedProgram,
  pathOf,
  reference,
  visibleCommands,
} from "./testing/reference.js";

test("docs/cli.md is current: npm run docs:cli writes it", async () => {
  const page = new URL("../docs/cli.md", import.meta.url);
  expect(await readFile(page, "utf8")).toBe(await reference());
});

test("it has every command that the help has, with an example", async () => {
  const page = await reference();
  for (const command of visibleCommands(await documentedProgram())) {
    const path = pathOf(command);
    expect(page).toContain(`\n## ${path}\n`);
    expect(page).toContain(`sidestep ${path}`);
  }
});
