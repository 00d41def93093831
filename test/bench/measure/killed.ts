// The interceptor is killed (SIGKILL) under a load of matched requests, one each
// 5 ms on a connection of its own, and stopped (SIGSTOP) under the same. What
// counts are the requests that began once it was dead: what it had let in is lost.
import { until } from "../../e2e/support/poll.js";
import { docker } from "../../e2e/support/run.js";
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
import { MATCH, MATCHED, withSession } from "../session.js";
import { addressOf, ours, type Stack } from "../stack.js";

const ROUNDS = 3;
const REQUESTS = 200;
const WARM = 50;
const EVERY = 5;
/** Seconds. */
const PATIENCE = 60;

export async function killed(stack: Stack): Promise<Figure[]> {
  const address = await addressOf(stack.name("shop"), stack.network);
  // Enough for all that begin while nobody answers.
  const begin = (most?: number) =>
    startSamples(`http://${address}:8000/health`, MATCHED, {
      every: EVERY,
      most,
    });
  return withSession(stack, ["shop", ...MATCH], async () => [
    ...(await bySigkill(stack, begin)),
    ...(await bySigstop(stack, begin)),
  ]);
}

async function bySigkill(
  stack: Stack,
  begin: (most?: number) => Load,
): Promise<Figure[]> {
  const original: number[] = [];
  const again: number[] = [];
  const failures: string[] = [];
  let requests = 0;
  let held = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const load = begin();
    await served(load, 0, isReplica);
    const { sent, done } = await signal(stack, "KILL");
    await until(
      "the session is back",
      () => {
        const since = load.samples.filter(({ begun }) => begun > done);
        const last = since.filter(({ by }) => by !== undefined).at(-1);
        return since.length > REQUESTS && isReplica(last?.by ?? "original");
      },
      PATIENCE,
    );
    const samples = await load.stop();
    const failed = failuresOf(samples, done + 1);
    failures.push(...failed);
    requests += samples.filter(({ begun }) => begun > done).length;
    held += failuresOf(samples).length - failed.length;
    const first = answer(samples, sent, isOriginal);
    original.push(first.ended - sent);
    again.push(answer(samples, first.ended, isReplica).ended - sent);
  }
  return [
    judged(
      "SIGKILL of the interceptor: requests begun after its death that failed",
      `${failures.length} of ${requests}${failures[0] === undefined ? "" : ` (${failures[0]})`}`,
      "0",
      failures.length === 0,
    ),
    reported(
      "SIGKILL: from the signal to the first answer of the original",
      `${time(median(original))} (rerouted again: ${time(median(again))}; lost of those begun before its death: ${held} in ${ROUNDS} rounds)`,
    ),
  ];
}

async function bySigstop(
  stack: Stack,
  begin: (most?: number) => Load,
): Promise<Figure[]> {
  const load = begin(1000);
  await served(load, 0, isReplica);
  const { sent } = await signal(stack, "STOP");
  await served(load, sent, isOriginal);
  // Ours to let go on; the sidecar may have replaced it meanwhile.
  await signal(stack, "CONT").catch(() => undefined);
  const samples = await load.stop();
  const first = answer(samples, sent, isOriginal);
  const late = samples.filter(
    ({ begun, ended }) => begun < first.begun && (ended ?? Infinity) > sent,
  );
  const lost = late.filter(({ failure }) => failure !== undefined);
  return [
    reported(
      "SIGSTOP of the interceptor: until new requests are answered again, by the original",
      `${time(first.ended - sent)} (${late.length} waited for SIGCONT, ${lost.length} of them in vain)`,
    ),
  ];
}

/** Waits until many of the requests since a moment were answered by whom we wait for. */
async function served(
  { samples }: Load,
  since: number,
  isWanted: (by: string) => boolean,
): Promise<void> {
  await until(
    "requests are served",
    () => {
      const those = samples.filter(
        ({ begun, by }) => begun >= since && by !== undefined && isWanted(by),
      );
      return those.length >= WARM;
    },
    PATIENCE,
  );
}

function answer(
  samples: readonly Sample[],
  since: number,
  isWanted: (by: string) => boolean,
): { begun: number; ended: number } {
  const first = firstBy(samples, since, isWanted);
  if (!first) throw new Error("nobody answered after the signal");
  return first;
}

/** When a signal was sent, and when the process was dead, where it is. */
interface Signalled {
  sent: number;
  done: number;
}

/** Sends a signal. A killed process lets clients in until its last thread has gone: only then does its parent see the end. */
const SCRIPT = `
  pid=$(pgrep -f '^node ') && date +%s%3N && kill -"$0" "$pid" || exit
  while [ "$0" = KILL ] && [ -d "/proc/$pid" ]; do :; done
  date +%s%3N`;

/** Sends the interceptor's program a signal; Unix milliseconds. */
async function signal(
  stack: Stack,
  name: "KILL" | "STOP" | "CONT",
): Promise<Signalled> {
  const [interceptor] = await ours(stack.project, "interceptor");
  if (interceptor === undefined) throw new Error("there is no interceptor");
  const exec = ["exec", "--privileged", "--user", "0", interceptor];
  const told = await docker(...exec, "sh", "-c", SCRIPT, name);
  const [sent = NaN, done = NaN] = told.split("\n").map(Number);
  if (Number.isNaN(sent + done)) {
    throw new Error(`SIG${name} was not sent to ${interceptor}: ${told}`);
  }
  return { sent, done };
}
