import { printableText } from "../sidecar/schema/printable.js";
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
export function unknownType(
  type: string,
  known: string[],
  near: string | undefined,
): UserError {
  const mean = near === undefined ? "" : `did you mean ${near}? `;
  return new UserError(
    "UnknownType",
    `error: the server doesn't have a resource type "${type}"`,
    { hint: `${mean}there are: ${known.join(", ")}` },
  );
}

/** A shell that we cannot teach. */
export function unsupportedShell(shell: string, known: string[]): UserError {
  return new UserError(
    "UnsupportedShell",
    `error: unsupported shell type "${shell}"`,
    { hint: `there are: ${known.join(", ")}` },
  );
}

/** A file that a flag names cannot be read. */
export function unreadableFile(path: string, cause: unknown): UserError {
  const { code } = cause as NodeJS.ErrnoException;
  const why =
    code === "ENOENT"
      ? "no such file or directory"
      : code === "EISDIR"
        ? "is a directory"
        : code === "EACCES"
          ? "permission denied"
          : String(cause);
  return new UserError("UnreadableFile", `error: open ${path}: ${why}`, {
    cause,
  });
}

/** A path of this machine, which the user names, does not exist. */
export function noSuchPath(path: string): UserError {
  return new UserError(
    "NoSuchPath",
    `error: the path "${path}" does not exist`,
  );
}

/** `doctor` found failures, which it has told. */
export function unhealthy(): UserError {
  return new UserError("Unhealthy", "");
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
      // It may be what a replica has said.
      text: lines.map((line) => `${printableText(line ?? "")}\n`).join(""),
      exitCode: error.exitCode,
    };
  }
  // Not foreseen, so a bug: its place in the code is worth showing.
  const detail =
    error instanceof Error ? (error.stack ?? error.message) : error;
  return { text: `error: ${printableText(String(detail))}\n`, exitCode: 1 };
}
