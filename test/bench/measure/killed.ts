// The interceptor is killed (SIGKILL) under a load of matched requests, one each
// 5 ms on a connection of its own, and stopped (SIGSTOP) under the same. What
// counts are the requests that began after the signal: what it held is lost.
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
    const at = await signal(stack, "KILL");
    await until(
      "the session is back",
      () => {
        const since = load.samples.filter(({ begun }) => begun > at);
        const last = since.filter(({ by }) => by !== undefined).at(-1);
        return since.length > REQUESTS && isReplica(last?.by ?? "original");
      },
      PATIENCE,
    );
    const samples = await load.stop();
    requests += samples.filter(({ begun }) => begun > at).length;
    failures.push(...failuresOf(samples, at + 1));
    held += failuresOf(samples).length - failuresOf(samples, at + 1).length;
    const first = answer(samples, at, isOriginal);
    original.push(first.ended - at);
    again.push(answer(samples, first.ended, isReplica).ended - at);
  }
  return [
    judged(
      "SIGKILL of the interceptor: new requests that failed",
      `${failures.length} of ${requests}${failures[0] === undefined ? "" : ` (${failures[0]})`}`,
      "0",
      failures.length === 0,
    ),
    reported(
      "SIGKILL: from the signal to the first answer of the original",
      `${time(median(original))} (rerouted again: ${time(median(again))}; requests it held, lost: ${held} in ${ROUNDS} rounds)`,
    ),
  ];
}

async function bySigstop(
  stack: Stack,
  begin: (most?: number) => Load,
): Promise<Figure[]> {
  const load = begin(1000);
  await served(load, 0, isReplica);
  const at = await signal(stack, "STOP");
  await served(load, at + 1, isOriginal);
  // Ours to let go on; the sidecar may have replaced it meanwhile.
  await signal(stack, "CONT").catch(() => undefined);
  const samples = await load.stop();
  const first = answer(samples, at + 1, isOriginal);
  const late = samples.filter(
    ({ begun, ended }) => begun < first.begun && (ended ?? Infinity) > at,
  );
  const lost = late.filter(({ failure }) => failure !== undefined);
  return [
    reported(
      "SIGSTOP of the interceptor: until new requests are answered again",
      `${time(first.ended - at)} (${late.length} waited meanwhile, ${lost.length} of them in vain)`,
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

/** When a signal was sent, and when it had done its work, in Unix milliseconds. */
interface Signalled {
  sent: number;
  done: number;
}

/**
 * Sends the interceptor's program a signal, and waits until it has ended, or
 * has stopped: the kernel takes a while, and until then it lets clients in.
 */
async function signal(stack: Stack, name: string): Promise<Signalled> {
  const [interceptor] = await ours(stack.project, "interceptor");
  if (interceptor === undefined) throw new Error("there is no interceptor");
  const script = `
    pid=$(pgrep -f '^node ') && date +%s%3N && kill -${name} "$pid" || exit
    while read -r _ _ state _ < "/proc/$pid/stat" && [ "$state" != "${STATE[name]}" ]; do :; done 2>/dev/null
    date +%s%3N`;
  const exec = ["exec", "--privileged", "--user", "0", interceptor];
  const told = await docker(...exec, "sh", "-c", script);
  const [sent = NaN, done = NaN] = told.split("\n").map(Number);
  return { sent, done };
}
