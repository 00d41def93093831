import os from "node:os";
import { format } from "prettier";
import { time } from "../bench/numbers.js";
import { FAULTS } from "./faults.js";
import { broken } from "./judge.js";
import type { Count, Measured } from "./measure.js";
import { senseless } from "./promises.js";
import { STAGES } from "./stages.js";
import { VICTIMS } from "./victims.js";

const INTRO = `# Reliability

What happens to everybody's requests when a part dies, and how all of it stands a
load for long. Each row and each section was written when it was measured last.`;

const FAULTS_INTRO = `Written by \`npm run test:faults\`. For each row an app of its own is started, with a
session that takes the requests of one user, under a load of others: 100 requests/s on
new connections, and POSTs by six clients that keep theirs. In the rows of nginx, these
six and the user come through it. In those of the Engine it is one of the test's own,
which is started again a second after its end; its socket is kept for it, as systemd does,
or is a new one.

- **failed, new** and **failed, kept**: requests of others that began when it was dead,
  each on a connection of its own, or on one that was kept since. Of an interceptor that
  was stopped: that began when its lease was over.
- **lost with it**: requests of others that it had in its hands, and those that were sent
  on connections that it held.
- **hers**: requests of the user that got no good answer since.
- **at the original**: from the fault to the first answer of the original to the user.
- **again**: from the fault until her requests were rerouted once more.
- **left**: what was there once session and sidecar were ended, and had not been there before:
  containers, networks, volumes, images, rules in any namespace, files; and in the app and
  nginx also processes, listeners and routes.`;

const HEAD = [
  "what",
  "by",
  "while it is",
  "failed, new",
  "failed, kept",
  "lost with it",
  "hers",
  "at the original",
  "again",
  "left",
  "",
];

/** The page with the rows of these cells replaced; the other sections stay. */
export async function withRows(
  page: string,
  cells: readonly Measured[],
  engine: string,
): Promise<string> {
  const section = sectionsOf(page).get(FAULTS_NAME) ?? "";
  const rows = rowsOf(section);
  for (const cell of cells) rows.set(keyOf(cell), rowOf(cell));
  const lines = order().flatMap((key) => rows.get(key) ?? []);
  const text = [
    FAULTS_INTRO,
    machine(engine),
    [rowText(HEAD), rowText(HEAD.map(() => "---")), ...lines].join("\n"),
    notes(),
  ];
  return withSection(page, FAULTS_NAME, text.join("\n\n"));
}

const FAULTS_NAME = "Faults";
const NAMES = [FAULTS_NAME, "Soak"];

/** The page with one section replaced. */
export function withSection(
  page: string,
  name: string,
  text: string,
): Promise<string> {
  const sections = sectionsOf(page).set(name, text);
  const shown = NAMES.filter((each) => sections.has(each)).map(
    (each) => `## ${each}\n\n${sections.get(each)}`,
  );
  return format([INTRO, ...shown].join("\n\n"), { parser: "markdown" });
}

/** When and where it was measured. */
export function machine(engine: string): string {
  const day = new Date().toISOString().slice(0, 10);
  return `${day}: ${os.cpus().length} cores, Linux ${os.release()}, Docker Engine ${engine}.`;
}

function sectionsOf(page: string): Map<string, string> {
  const sections = new Map<string, string>();
  for (const section of page.split(/^## /m).slice(1)) {
    const end = section.indexOf("\n");
    sections.set(section.slice(0, end), section.slice(end).trim());
  }
  return sections;
}

/** The rows of the table that is there, by what they are about. */
function rowsOf(section: string): Map<string, string> {
  const rows = new Map<string, string>();
  for (const line of section.split("\n")) {
    if (!line.startsWith("|")) continue;
    const [, ...all] = line.split("|").map((cell) => cell.trim());
    rows.set(all.slice(0, 3).join("|"), line);
  }
  return rows;
}

const keyOf = ({ victim, fault, stage }: Measured): string =>
  [victim, fault, stage].join("|");

function order(): string[] {
  return VICTIMS.flatMap((victim) =>
    FAULTS.flatMap((fault) =>
      STAGES.map((stage) => [victim, fault, stage].join("|")),
    ),
  );
}

/** A line of the table. */
export function rowOf(cell: Measured): string {
  const wrong = broken(cell);
  return rowText([
    ...[cell.victim, cell.fault, cell.stage],
    ratio(cell.fresh),
    ratio(cell.kept),
    String(cell.heldFresh + cell.heldKept),
    ratio(cell.matched),
    cell.atOriginal === undefined ? "–" : time(cell.atOriginal),
    cell.again === undefined
      ? "–"
      : time(cell.again) + (cell.afterCont ? " (by SIGCONT)" : ""),
    cell.left.length === 0 ? "nothing" : cell.left.join(", "),
    wrong.length === 0 ? "pass" : `**miss**: ${wrong.join("; ")}`,
  ]);
}

const rowText = (cells: readonly string[]): string =>
  `| ${cells.join(" | ")} |`;

const ratio = ({ failed, of }: Count): string => `${failed} of ${of}`;

/** Why some combinations have no row. */
function notes(): string {
  const reasons = new Map<string, string[]>();
  for (const victim of VICTIMS)
    for (const fault of FAULTS)
      for (const stage of STAGES) {
        const why = senseless(victim, fault, stage);
        if (why === undefined) continue;
        const cells = reasons.get(why) ?? [];
        reasons.set(why, [...cells, `${victim}, ${fault}, ${stage}`]);
      }
  const lines = [...reasons].map(
    ([why, cells]) => `- ${why} (${cells.join("; ")})`,
  );
  return `No rows (“—”):\n\n${lines.join("\n")}`;
}
