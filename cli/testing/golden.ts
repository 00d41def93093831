import { existsSync, readdirSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

const FOLDER = fileURLToPath(new URL("golden/", import.meta.url));

/** Whether `npm run golden` runs, which is all that writes them. */
const updating = process.env["SIDESTEP_GOLDEN"] === "update";

/** The text is the one of the golden file. */
export async function expectGolden(name: string, text: string): Promise<void> {
  const path = `${FOLDER}${name}.txt`;
  // Vitest would write a file that is missing, and be content.
  if (!updating && !existsSync(path)) {
    throw new Error(`there is no golden file ${name}.txt: npm run golden`);
  }
  await expect(text).toMatchFileSnapshot(path);
}

/** There are no other golden files than these. */
export function expectNoOthers(names: string[]): void {
  const files = names.map((name) => `${name}.txt`).sort();
  const others = readdirSync(FOLDER).filter((file) => !files.includes(file));
  if (updating) for (const file of others) rmSync(FOLDER + file);
  else expect(others).toEqual([]);
}
