// A session that takes every request is deleted under a load of new
// connections, one each 10 ms through nginx and one each 10 ms straight to the
// container: from `sidestep delete` being typed to the first answer of the
// original, and every request of the whole run that was not answered with 200.
import { until } from "../../e2e/support/poll.js";
import { judged, reported, type Figure } from "../figure.js";
import { median, time } from "../numbers.js";
import {
  failuresOf,
  firstBy,
  isOriginal,
  isReplica,
  startSamples,
  type Load,
  type Sample,
} from "../samples.js";
import { endSession } from "../session.js";
import { addressOf, type Stack } from "../stack.js";

const ROUNDS = 3;
const WARM = 50;
const AFTER = 50;
/** Seconds. */
const PATIENCE = 60;

export async function restore(stack: Stack): Promise<Figure[]> {
  const web = `http://${await stack.compose("port", "web", "80")}/health`;
  const address = await addressOf(stack.name("shop"), stack.network);
  const shop = `http://${address}:8000/health`;
  const back: number[] = [];
  const last: number[] = [];
  const failures: string[] = [];
  let requests = 0;
  for (let round = 0; round < ROUNDS; round++) {
    await stack.cli.ok("debug", "shop");
    const direct = startSamples(shop);
    const loads = [direct, startSamples(web)];
    await Promise.all(loads.map(underWay));
    await rerouted(direct);
    const begin = Date.now();
    await endSession(stack);
    const end = Date.now();
    const counts = loads.map(({ samples }) => samples.length);
    await until(
      "the original serves a while",
      () =>
        loads.every(({ samples }, i) => samples.length > counts[i]! + AFTER),
      PATIENCE,
    );
    const done = await Promise.all(loads.map((load) => load.stop()));
    const all = done.flat();
    requests += all.length;
    failures.push(...failuresOf(all));
    const strays = firstBy(all, end, isReplica);
    if (strays) failures.push("a replica answered after the delete");
    back.push(firstOriginal(direct.samples, begin) - begin);
    const replied = all.filter(({ by }) => by !== undefined && isReplica(by));
    last.push(Math.max(...replied.map(({ ended }) => ended ?? 0)) - begin);
  }
  return [
    judged(
      "delete under a load of new connections: requests that failed",
      `${failures.length} of ${requests}${failures[0] === undefined ? "" : ` (${failures[0]})`}`,
      "0",
      failures.length === 0,
    ),
    reported(
      "from `sidestep delete` to the first answer of the original",
      `${time(median(back))} (last answer of a replica: ${time(median(last))})`,
    ),
  ];
}

/** Until it is under way; a proxy's old connections may still lead to the original. */
async function underWay({ samples }: Load): Promise<void> {
  const answered = () => samples.filter(({ by }) => by !== undefined);
  await until(
    "the load is answered",
    () => answered().length >= WARM,
    PATIENCE,
  );
}

/** Until only the replica answers. */
async function rerouted({ samples }: Load): Promise<void> {
  const latest = () =>
    samples.filter(({ by }) => by !== undefined).slice(-WARM);
  await until(
    "the replica answers all",
    () => latest().every(({ by }) => isReplica(by ?? "")),
    PATIENCE,
  );
}

function firstOriginal(samples: readonly Sample[], since: number): number {
  const first = firstBy(samples, since, isOriginal);
  if (!first) throw new Error("the original did not answer after the delete");
  return first.ended;
}
