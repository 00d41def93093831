import { UserError, usage } from "./errors.js";

/** There is nothing to choose from. */
export function noTargets(): UserError {
  return new UserError(
    "NoTargets",
    "error: no container is running here that could be debugged",
    { hint: "start the app first; sidestep get targets lists what there is" },
  );
}

/** A session is needed, and there is none. */
export function noSessions(): UserError {
  return new UserError("NoSessions", "error: there is no session", {
    hint: "start one with: sidestep debug TARGET (sidestep get targets lists them)",
  });
}

/** A session is needed, none was named and there are several. */
export function severalSessions(names: string[], verb: string): UserError {
  return new UserError(
    "SeveralSessions",
    `error: there are several sessions: ${names.join(", ")}`,
    { hint: `name one: sidestep ${verb} session/${names[0] ?? "NAME"}` },
  );
}

/** `--if` or `--log` has no breakpoint before it that it could belong to. */
export function flagWithoutBreakpoint(path: string, flag: string): UserError {
  return usage(
    path,
    `${flag} belongs to the --breakpoint before it, and there is none`,
  );
}

/** A pause is needed, and there is none. */
export function noPauses(): UserError {
  return new UserError("NoPauses", "error: nothing is paused", {
    hint: "sidestep attach waits for the next pause",
  });
}

/** A pause is needed, none was named and there are several. */
export function severalPauses(names: string[], verb: string): UserError {
  return new UserError(
    "SeveralPauses",
    `error: there are several pauses: ${names.join(", ")}`,
    { hint: `name one: sidestep ${verb} pause/${names[0] ?? "NAME"}` },
  );
}

/** Some processes of a replica did not tell their stacks; the others were shown. */
export function stacksIncomplete(pids: number[]): UserError {
  return new UserError(
    "StacksIncomplete",
    `error: no stacks of ${pids.length === 1 ? "process" : "processes"} ${pids.join(", ")}`,
    { hint: "ask again in a moment: it may have been busy only just now" },
  );
}

/** What was waited for did not come. */
export function timedOut(plural: string, name: string): UserError {
  return new UserError(
    "TimedOut",
    `error: timed out waiting for the condition on ${plural}/${name}`,
  );
}

/** The Engine is said to be production, and the target was not allowed by its name. */
export function engineIsProduction(target: string, sign: string): UserError {
  return new UserError(
    "TargetIsProduction",
    `error: the Engine is production: ${sign}`,
    {
      hint: `if it is meant all the same, say so by the target's name: --allow-production=${target} (allowProduction in a file)`,
    },
  );
}

/** The session cannot do its work. `log`: the replica's last lines. */
export function sessionFailed(
  name: string,
  message: string,
  log: string[] = [],
): UserError {
  return new UserError(
    "SessionFailed",
    [
      `error: session "${name}" failed: ${message}`,
      ...log.map((l) => `  ${l}`),
    ].join("\n"),
    { hint: "requests go to the original" },
  );
}

/** The session was deleted, or ended by itself, while it was waited for. */
export function sessionGone(name: string): UserError {
  return new UserError(
    "SessionGone",
    `error: session "${name}" was deleted while waiting`,
  );
}

/** The session is still being taken back. */
export function notRestored(name: string, seconds: number): UserError {
  return new UserError(
    "NotRestored",
    `error: session "${name}" is not gone after ${seconds}s`,
    { hint: `see why: sidestep describe session ${name}` },
  );
}
