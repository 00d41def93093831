import os from "node:os";
import { format } from "prettier";
import type { Figure } from "./figure.js";

/** The table of all figures, in Markdown. */
export function tableOf(figures: readonly Figure[]): Promise<string> {
  const rows = figures.map(
    ({ what, measured, goal, pass }) =>
      `| ${what} | ${measured} | ${goal} | ${verdict(pass)} |`,
  );
  const head = "| what | measured | goal | |\n| --- | --- | --- | --- |";
  return format(`${head}\n${rows.join("\n")}\n`, { parser: "markdown" });
}

const INTRO = `# Benchmarks

Written by \`npm run bench\`, each section when it was measured last. Whatever is
compared was measured in the same run, by turns; figures are medians where nothing
else is said. Ratios hold from machine to machine, absolute figures do not.

How each of them is measured is the first comment of its file in
[\`test/bench/measure\`](../test/bench/measure).
`;

/**
 * The page of docs/benchmarks.md with one section replaced.
 * @param page as it is, or empty
 * @param names of all sections, in their order; what is not among them goes
 */
export async function withSection(
  page: string,
  names: readonly string[],
  name: string,
  figures: readonly Figure[],
  engine: string,
): Promise<string> {
  const sections = new Map<string, string>();
  for (const section of page.split(/^## /m).slice(1)) {
    const end = section.indexOf("\n");
    sections.set(section.slice(0, end), section.slice(end).trim());
  }
  const day = new Date().toISOString().slice(0, 10);
  const machine = `${day}: ${os.cpus().length} cores, Linux ${os.release()}, Docker Engine ${engine}`;
  sections.set(name, `${machine}.\n\n${await tableOf(figures)}`);
  const shown = names
    .filter((each) => sections.has(each))
    .map((each) => `## ${each}\n\n${sections.get(each)}`);
  return format([INTRO, ...shown].join("\n\n"), { parser: "markdown" });
}

function verdict(pass: boolean | undefined): string {
  if (pass === undefined) return "";
  return pass ? "pass" : "**miss**";
}
