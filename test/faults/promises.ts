import type { Fault } from "./faults.js";
import type { Stage } from "./stages.js";
import type { Victim } from "./victims.js";

/** What is to come of a fault. */
export interface Promised {
  /** New requests of others that begin once it is dead are answered, every one. */
  others: boolean;
  /** Not even what it has in its hands is lost: it ends in good order. */
  orderly: boolean;
  /** Her requests are served by the original. */
  goesBack: boolean;
  /** They are rerouted again, without anybody's doing. */
  comesBack: boolean;
  /** The session is over. */
  ends: boolean;
  /** In the end all requests are answered once more, others' and hers, by whomever. */
  recovers: boolean;
}

/** An interceptor that hangs holds its port for as long as its lease: 2 s, and a second for what is due then. */
export const LEASE_MS = 3_000;

/** How long all traffic may take to be at the original, and her session to be back: milliseconds. */
const BACK_AT_ORIGINAL_MS = 10_000;
const AGAIN_MS = 25_000;

/** The same where the Engine ends all containers: it takes 10 s for each that does not end, and starts them again. */
const ENGINE_MS = 60_000;

export const limitsOf = (victim: Victim): { back: number; again: number } =>
  victim === "Engine"
    ? { back: ENGINE_MS, again: ENGINE_MS }
    : { back: BACK_AT_ORIGINAL_MS, again: AGAIN_MS };

/** Combinations that make no sense, and why. */
export function senseless(
  victim: Victim,
  fault: Fault,
  stage: Stage,
): string | undefined {
  const inContainer = fault === "docker rm -f" || fault === "out of memory";
  if (victim.startsWith("Engine") && inContainer)
    return "the Engine is in no container; what the kernel ends gets a SIGKILL";
  if (victim === "Engine, live-restore, new socket" && fault === "SIGSTOP")
    return "an Engine that is stopped keeps its socket";
  if (victim === "replica" && fault === "SIGTERM" && stage === "starting")
    return "the first process of a container does not hear a SIGTERM that it does not handle yet";
  if (victim === "broker" && fault === "docker rm -f")
    return "a broker is a process of the sidecar's container, and has none of its own";
  if (victim === "broker" && stage === "draining")
    return "a session that ends has no broker any more";
  if (victim === "broker" && stage === "starting")
    return "there is no broker before the app has loaded the kit";
  return undefined;
}

/** What is promised: README, docs/traffic.md and docs/decisions/0001 and 0004. */
export function promised(victim: Victim, fault: Fault, stage: Stage): Promised {
  const serving = stage === "ready" || stage === "paused";
  const wanted = stage !== "draining";
  const stops = fault === "SIGSTOP";
  const removed = fault === "docker rm -f";
  const nothing: Promised = {
    others: true,
    orderly: false,
    goesBack: false,
    comesBack: false,
    ends: !wanted,
    recovers: false,
  };
  switch (victim) {
    case "interceptor":
      return {
        ...nothing,
        orderly: fault === "SIGTERM",
        goesBack: serving,
        comesBack: wanted,
      };
    case "replica":
      return {
        ...nothing,
        orderly: true,
        goesBack: serving && !stops,
        // One that has ended by itself stays to be looked at; one that was
        // taken away is made anew, and one that is ended at a prompt too.
        // Asked to end, it waits for the prompt, and has then ended by itself.
        comesBack:
          wanted &&
          (removed || stops || (stage === "paused" && fault !== "SIGTERM")),
      };
    case "sidecar": {
      const over = removed || fault === "SIGTERM";
      return {
        ...nothing,
        orderly: true,
        goesBack: serving && over,
        comesBack: wanted && !over,
        ends: over || !wanted,
      };
    }
    case "broker":
      return { ...nothing, orderly: true, comesBack: wanted };
    case "original":
      return {
        ...nothing,
        others: false,
        comesBack: wanted && !removed,
        recovers: !removed,
      };
    case "Engine":
      // It takes all containers with it, and starts those again that it is told to. It
      // answers no sidecar meanwhile, so that none can end in order: each is started again.
      return {
        ...nothing,
        others: stops,
        orderly: stops,
        comesBack: wanted,
        recovers: true,
      };
    case "Engine, live-restore":
    case "Engine, live-restore, new socket":
      return { ...nothing, orderly: true, comesBack: wanted };
    case "nginx":
      return { ...nothing, orderly: true, comesBack: wanted && !removed };
  }
}
