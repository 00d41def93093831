import type { Problem } from "../sidecar/schema/problem.js";
import { signalExitCode, type SignalName } from "./signals.js";

/** An error that is shown to the user as it is: what was wrong, and what to do. */
export class UserError extends Error {
  constructor(
    /** CamelCase, for programs. */
    readonly code: string,
    message: string,
    options: { hint?: string; exitCode?: number; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? 1;
  }
  readonly hint: string | undefined;
  readonly exitCode: number;
}

/** The sidecar refused; in kubectl's words. */
export function fromServer(problem: Problem): UserError {
  return new UserError(
    problem.code,
    `Error from server (${problem.code}): ${problem.message}`,
    { hint: problem.hint },
  );
}

/** There is no object of that name. */
export function notFound(plural: string, name: string): UserError {
  return fromServer({
    code: "NotFound",
    message: `${plural} "${name}" not found`,
  });
}

/** Whether the error says that the object does not exist (any more). */
export function isNotFound(error: unknown): boolean {
  return error instanceof UserError && error.code === "NotFound";
}

/** Nobody listens at the sidecar's address. */
export function serverRefused(host: string, cause: unknown): UserError {
  return new UserError(
    "ServerRefused",
    `The connection to the server ${host} was refused - did you specify the right host or port?`,
    {
      hint: "the sidecar may be starting or restarting: see docker compose logs sidestep",
      cause,
    },
  );
}

/** The connection to the sidecar broke, or gave no answer in time. */
export function serverLost(host: string, cause: unknown): UserError {
  const detail = cause instanceof Error ? cause.message : String(cause);
  return new UserError(
    "ServerLost",
    `error: lost the connection to the server ${host}: ${detail}`,
    { cause },
  );
}

const TRANSIENT = new Set([
  "ServerRefused",
  "ServerLost",
  "NoSidecar",
  "SidecarNotRunning",
  "SidecarNotPublished",
  "EngineRefused",
  "Unauthorized",
]);

/** Whether the sidecar could not be reached, which a restart of it can change. */
export function isTransient(error: unknown): boolean {
  return error instanceof UserError && TRANSIENT.has(error.code);
}

/** The Docker Engine does not answer. */
export function engineRefused(address: string, cause: unknown): UserError {
  return new UserError(
    "EngineRefused",
    `The connection to the Docker Engine at ${address} was refused - is it running?`,
    { hint: "try: docker version", cause },
  );
}

/** The user may not use the Docker Engine. */
export function engineForbidden(address: string, cause: unknown): UserError {
  return new UserError(
    "EngineForbidden",
    `error: permission denied by the Docker Engine at ${address}`,
    {
      hint: "who may use Docker here may use sidestep: try docker ps as the same user",
      cause,
    },
  );
}

/** No container is a sidecar. */
export function noSidecar(): UserError {
  return new UserError("NoSidecar", "error: no sidecar is running here", {
    hint:
      "start it with: docker compose --profile debug up -d\n" +
      "if your compose file has no sidestep service yet, the README has the block to copy",
  });
}

/** Several containers are sidecars and none was named. */
export function severalSidecars(names: string[]): UserError {
  return new UserError(
    "SeveralSidecars",
    `error: several sidecars are running here: ${names.join(", ")}`,
    { hint: "choose one with --sidecar NAME or SIDESTEP_SIDECAR=NAME" },
  );
}

/** The sidecar that was named does not exist. */
export function sidecarNotFound(name: string, names: string[]): UserError {
  return new UserError(
    "SidecarNotFound",
    `error: no sidecar is named "${name}"`,
    { hint: `there is: ${names.join(", ")}` },
  );
}

/** The sidecar's container exists but does not run. */
export function sidecarNotRunning(name: string, state: string): UserError {
  return new UserError(
    "SidecarNotRunning",
    `error: the sidecar "${name}" is not running: it is ${state}`,
    { hint: "start it with: docker compose --profile debug up -d" },
  );
}

/** The sidecar's API cannot be reached from here. */
export function sidecarNotPublished(name: string): UserError {
  return new UserError(
    "SidecarNotPublished",
    `error: the sidecar "${name}" publishes no port`,
    {
      hint: 'add to its service: ports: ["127.0.0.1:7007:7007"]; or run: docker compose exec sidestep sidestep …',
    },
  );
}

/** The command line is wrong; `path` is the command, such as "sidestep get". */
export function usage(path: string, message: string): UserError {
  return new UserError("Usage", `error: ${message}`, {
    hint: `See '${path} --help' for usage.`,
  });
}

/** A flag's value is wrong. */
export function badFlag(
  path: string,
  flag: string,
  value: string,
  accepted: string,
): UserError {
  return usage(
    path,
    `invalid argument "${value}" for "${flag}" flag: ${accepted}`,
  );
}

/** There are no objects of that type. */
export function unknownType(type: string): UserError {
  return new UserError(
    "UnknownType",
    `error: the server doesn't have a resource type "${type}"`,
    {
      hint: "there are: targets (tgt), sessions (se), pauses (pa), breakpoints (bp)",
    },
  );
}

/** The output format does not exist. */
export function badOutput(format: string, allowed: string[]): UserError {
  return new UserError(
    "BadOutput",
    `error: unable to match a printer suitable for the output format "${format}", allowed formats are: ${allowed.join(",")}`,
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

/** The terminal's connection broke and could not be made again. */
export function terminalLost(seconds: number, cause: unknown): UserError {
  return new UserError(
    "TerminalLost",
    `error: the connection to the terminal was lost and could not be made again in ${seconds}s`,
    {
      hint: "what was paused stays paused; look with: sidestep get pauses",
      cause,
    },
  );
}

/** The command was asked to stop, which needs no words. */
export function interrupted(name: SignalName): UserError {
  return new UserError("Interrupted", "", { exitCode: signalExitCode(name) });
}

/** Several objects had an error each; the others were done. */
export class SeveralErrors extends Error {
  constructor(readonly errors: unknown[]) {
    super("several errors");
  }
}

/** The lines for the user and the exit code of whatever was thrown. */
export function report(error: unknown): { text: string; exitCode: number } {
  if (error instanceof SeveralErrors) {
    return {
      text: error.errors.map((each) => report(each).text).join(""),
      exitCode: 1,
    };
  }
  if (error instanceof UserError) {
    const lines = [error.message, error.hint].filter(Boolean);
    return {
      text: lines.map((line) => `${line}\n`).join(""),
      exitCode: error.exitCode,
    };
  }
  // Not foreseen, so a bug: its place in the code is worth showing.
  const detail =
    error instanceof Error ? (error.stack ?? error.message) : error;
  return { text: `error: ${String(detail)}\n`, exitCode: 1 };
}
