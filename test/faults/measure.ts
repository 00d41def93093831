import { setTimeout as delay } from "node:timers/promises";
import { strike, type Fault, type Struck } from "./faults.js";
import { leftOf } from "./left.js";
import { startKept, startNew, type Load, type Sample } from "./load.js";
import { LEASE_MS, limitsOf, promised } from "./promises.js";
import { ALICE, openScene, type Scene } from "./scene.js";
import { bringTo, type Stage } from "./stages.js";
import type { Victim } from "./victims.js";

/** One cell of the matrix, as it was measured. */
export interface Measured {
  victim: Victim;
  fault: Fault;
  stage: Stage;
  /** Requests of others that began once it was dead. */
  fresh: Count;
  kept: Count;
  /** Of others, begun before, or on a connection from before. */
  heldFresh: number;
  heldKept: number;
  /** Hers that got no answer, of all. */
  matched: Count;
  /** Milliseconds from the fault; absent: it was not seen. */
  atOriginal?: number;
  again?: number;
  /** Whether it took a SIGCONT. */
  afterCont: boolean;
  over: boolean;
  /** Whether the last requests were answered, others' and hers. */
  recovered: boolean;
  left: string[];
  /** A few of the failures' words. */
  why: string[];
}

export interface Count {
  failed: number;
  of: number;
}

/** Milliseconds: of load before the fault, after it at least, and until what is stopped may go on. */
const WARM = 1_000;
const AFTER = 4_000;
const STOPPED = 7_000;
/** So long after the fault, whoever is at a prompt lets it go on. */
const AT_PROMPT = 3_000;

/** So many of her requests in a row: then she is served by the replica again. */
const RUN = 10;

/** Clients on kept connections, by what they wait between two requests. */
const PAUSES = [5, 20, 50, 200, 500, 1_000];

interface Loads {
  fresh: Load;
  kept: Load;
  matched: Load;
}

export async function measure(
  victim: Victim,
  fault: Fault,
  stage: Stage,
): Promise<Measured> {
  const scene = await openScene();
  const through = victim === "nginx" ? scene.webUrl : scene.appUrl;
  try {
    await bringTo(scene, stage, through);
    const loads: Loads = {
      fresh: startNew(scene.appUrl, {}, 10),
      kept: startKept(through, PAUSES),
      matched: startNew(through, ALICE, 50),
    };
    if (stage !== "starting") await delay(WARM);
    let struck: Struck | undefined;
    // One that ends in good order waits for the pause: somebody is at the prompt all the while.
    const prompt = setTimeout(() => {
      if (stage === "paused") void scene.goOn();
    }, AT_PROMPT);
    try {
      struck = await strike(scene, victim, fault);
      const seen = await watch(scene, loads, struck, { victim, fault, stage });
      await Promise.all(Object.values(loads).map((load: Load) => load.stop()));
      // Not only for a moment.
      const over = await scene.isOver();
      const left = await leftOf(
        scene,
        fault === "docker rm -f" && victim === "sidecar",
      );
      const what = { victim, fault, stage, ...seen, over, left };
      return { ...what, ...count(loads, struck, what) };
    } finally {
      clearTimeout(prompt);
      await struck?.undo();
      await Promise.all(Object.values(loads).map((load: Load) => load.stop()));
    }
  } finally {
    await scene.end();
  }
}

interface What {
  victim: Victim;
  fault: Fault;
  stage: Stage;
}

type Seen = Pick<Measured, "atOriginal" | "again" | "afterCont" | "recovered">;

/** Looks on until what is promised has come true, or has taken too long. */
async function watch(
  scene: Scene,
  { fresh, matched }: Loads,
  struck: Struck,
  { victim, fault, stage }: What,
): Promise<Seen> {
  const promise = promised(victim, fault, stage);
  const { sent } = struck;
  let gone: number | undefined;
  let cont: number | undefined;
  let over = false;
  let again: number | undefined;
  let recovered = false;
  for (;;) {
    await delay(100);
    const now = Date.now() - sent;
    if (stage === "paused" && now > AT_PROMPT) await scene.goOn();
    const { samples } = matched;
    gone ??= firstBy(samples, sent, (by) => by === "original")?.ended;
    const since = promise.goesBack ? (gone ?? Infinity) : struck.dead;
    again = sinceWhen(samples, since, isRerouted);
    recovered = [fresh, matched].every(
      (load) => sinceWhen(load.samples, struck.dead, isAnswered) !== undefined,
    );
    over = promise.ends && (await scene.isOver());
    const done =
      (!promise.goesBack || gone !== undefined) &&
      (!promise.comesBack || again !== undefined) &&
      (!promise.ends || over) &&
      (!promise.recovers || recovered);
    if (fault === "SIGSTOP" && cont === undefined && now > STOPPED) {
      cont = now;
      await struck.undo();
    }
    const enough = fault === "SIGSTOP" ? STOPPED + AFTER : AFTER;
    if (done && now > enough) break;
    const { again: limit } = limitsOf(victim);
    if (now > limit + (promise.ends ? 20_000 : 0)) break;
  }
  return {
    atOriginal: gone === undefined ? undefined : gone - sent,
    again: again === undefined ? undefined : again - sent,
    afterCont: cont !== undefined && again !== undefined && again - sent > cont,
    recovered,
  };
}

const isAnswered = ({ failure }: Sample): boolean => failure === undefined;
const isRerouted = (sample: Sample): boolean =>
  isAnswered(sample) && sample.by !== "original";

/** The first answer of those after which all are as wanted; absent: there are too few. */
function sinceWhen(
  samples: readonly Sample[],
  since: number,
  isWanted: (sample: Sample) => boolean,
): number | undefined {
  const ended = samples.filter(
    (each) => each.begun >= since && each.ended !== undefined,
  );
  const last = ended.findLastIndex((each) => !isWanted(each));
  const run = ended.slice(last + 1);
  return run.length < RUN ? undefined : run[0]?.ended;
}

function firstBy(
  samples: readonly Sample[],
  since: number,
  isWanted: (by: string) => boolean,
): Required<Pick<Sample, "ended">> | undefined {
  for (const { begun, ended, by, failure } of samples) {
    if (begun < since || failure !== undefined) continue;
    if (by !== undefined && ended !== undefined && isWanted(by))
      return { ended };
  }
  return undefined;
}

function count(
  { fresh, kept, matched }: Loads,
  { sent, dead }: Struck,
  { victim, fault }: What,
): Pick<
  Measured,
  "fresh" | "kept" | "heldFresh" | "heldKept" | "matched" | "why"
> {
  // What hangs has its lease; what dies is dead.
  const hangs = fault === "SIGSTOP" && victim === "interceptor";
  const from = hangs ? sent + LEASE_MS : dead;
  // Of these, connections end with them; else a kept one may not notice.
  const holds = ["interceptor", "original", "nginx"].includes(victim);
  const isLost = ({ begun, connected }: Sample) =>
    begun <= from || (holds && connected !== undefined && connected <= from);
  const failed = (samples: readonly Sample[]) =>
    samples.filter(({ failure }) => failure !== undefined);
  const split = (samples: readonly Sample[]) => {
    const held = failed(samples).filter(isLost).length;
    const of = samples.filter(({ begun }) => begun > from).length;
    return { count: { failed: failed(samples).length - held, of }, held };
  };
  const [a, b] = [split(fresh.samples), split(kept.samples)];
  const since = matched.samples.filter(({ begun }) => begun >= sent);
  // First those that nothing excuses.
  const words = [fresh, kept]
    .flatMap(({ samples }) => failed(samples))
    .sort((x, y) => Number(isLost(x)) - Number(isLost(y)))
    .map(
      ({ failure, begun, connected = NaN }) =>
        `${failure} (begun ${begun - from} ms after, connected ${connected - from})`,
    );
  return {
    fresh: a.count,
    kept: b.count,
    heldFresh: a.held,
    heldKept: b.held,
    matched: { failed: failed(since).length, of: since.length },
    why: [
      ...words.slice(0, 3),
      ...failed(since)
        .slice(-1)
        .map(({ failure }) => `hers: ${failure}`),
    ],
  };
}
