// With no session: wrk, 32 connections, from one container straight to
// another, with no sidecar and with one, by turns. The median of the ratios;
// and a look into the app's namespace, which must find nothing there.
import { judged, type Figure } from "../figure.js";
import { lookInto } from "../namespace.js";
import { median, rate } from "../numbers.js";
import { addressOf, type Stack } from "../stack.js";
import type { Throughput, Wrk } from "../wrk.js";

const GOAL = 0.95;

export async function idle(
  stack: Stack,
  app: string,
  wrk: Wrk,
): Promise<Figure[]> {
  const url = `http://${await addressOf(app, stack.network)}:8000/`;
  const rounds: { without: Throughput; with: Throughput }[] = [];
  await wrk(url); // warm
  // There, back and there again: what drifts, drifts for both.
  await stack.stopSidecar();
  const a = await wrk(url);
  await stack.startSidecar();
  rounds.push({ without: a, with: await wrk(url) });
  const b = await wrk(url);
  await stack.stopSidecar();
  rounds.push({ without: await wrk(url), with: b });
  const c = await wrk(url);
  await stack.startSidecar();
  rounds.push({ without: c, with: await wrk(url) });
  const { tables, processes } = await lookInto(app);

  const ratio = median(
    rounds.map((round) => round.with.perSecond / round.without.perSecond),
  );
  const without = median(rounds.map((round) => round.without.perSecond));
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
