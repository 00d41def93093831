// With no session: wrk, 32 connections, from one container straight to
// another, with no sidecar and with one, by turns. The best second of each
// counts, because whatever else the machine does only ever slows one down; and
// a look into the app's namespace must find nothing of ours there.
import { judged, type Figure } from "../figure.js";
import { lookInto } from "../namespace.js";
import { rate } from "../numbers.js";
import { addressOf, type Stack } from "../stack.js";
import type { Wrk } from "../wrk.js";

const GOAL = 0.95;
const TURNS = 2;
const SECONDS = 4;

export async function idle(
  stack: Stack,
  app: string,
  wrk: Wrk,
): Promise<Figure[]> {
  const url = `http://${await addressOf(app, stack.network)}:8000/`;
  const best = async (before: number) => {
    let most = before;
    for (let second = 0; second < SECONDS; second++) {
      most = Math.max(most, (await wrk(url, 1)).perSecond);
    }
    return most;
  };
  let without = 0;
  let up = 0;
  for (let turn = 0; turn < TURNS; turn++) {
    await stack.stopSidecar();
    without = await best(without);
    await stack.startSidecar();
    up = await best(up);
  }
  const { tables, processes } = await lookInto(app);
  const ratio = up / without;
  return [
    judged(
      "no session: requests/s with the sidecar up, against without",
      `× ${ratio.toFixed(2)} (without: ${rate(without)})`,
      `1.0 (≥ ${GOAL}, for noise)`,
      ratio >= GOAL,
    ),
    judged(
      "no session: our tables and processes in the app's namespace",
      `${tables.length} and ${processes.length}${[...tables, ...processes].map((line) => ` (${line})`).join("")}`,
      "0 and 0",
      tables.length + processes.length === 0,
    ),
  ];
}
