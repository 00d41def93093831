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

/** The page of docs/benchmarks.md. */
export async function pageOf(
  figures: readonly Figure[],
  engine: string,
): Promise<string> {
  const day = new Date().toISOString().slice(0, 10);
  const machine = `${os.cpus().length} cores, Linux ${os.release()}, Docker Engine ${engine}, ${day}`;
  return format(
    `# Benchmarks

Written by \`npm run bench\`. Whatever is compared was measured in the same run,
by turns; figures are medians where nothing else is said. Ratios hold from machine to machine, absolute
figures do not. This run: ${machine}.

${await tableOf(figures)}
How each of them is measured is the first comment of its file in
[\`test/bench/measure\`](../test/bench/measure).
`,
    { parser: "markdown" },
  );
}

function verdict(pass: boolean | undefined): string {
  if (pass === undefined) return "";
  return pass ? "pass" : "**miss**";
}
