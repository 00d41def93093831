import { UserError } from "./errors.js";

/** A terminal was asked for, and there is none to lend. */
export function noTty(stdin: boolean): string {
  return stdin
    ? "Unable to use a TTY - input is not a terminal or the right kind of file"
    : "Unable to use a TTY - --stdin (-i) is needed for it too";
}

/** A command in the replica ended with a code other than 0, which is passed on. */
export function commandFailed(code: number): UserError {
  return new UserError(
    "CommandFailed",
    `command terminated with exit code ${code}`,
    { exitCode: code },
  );
}

/** The Engine could not start a command in the replica. */
export function notStarted(
  command: string,
  session: string,
  why: string,
  exitCode: number,
): UserError {
  return new UserError(
    "CommandNotStarted",
    `error: cannot run "${command}" in the replica of session/${session}: ${why}`,
    { exitCode },
  );
}

/** The connection to a command in the replica broke. */
export function streamLost(cause: unknown): UserError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new UserError(
    "StreamLost",
    `error: lost the connection to the command in the replica: ${why}`,
    { hint: "a command whose connection is lost is ended", cause },
  );
}

/** A port of this machine cannot be listened on. */
export function cannotListen(port: number, cause: unknown): UserError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new UserError(
    "CannotListen",
    `error: unable to listen on port ${port}: ${why}`,
    { hint: "choose another local port, or let one be picked: :PORT", cause },
  );
}

/** What is copied to is a folder that is not there. */
export function noSuchFolder(path: string): UserError {
  return new UserError("NoSuchFolder", `error: there is no folder "${path}"`, {
    hint: "make it first, or leave the slash at the end out",
  });
}

/** Copying stopped at a file. */
export function copyFailed(
  from: string,
  to: string,
  cause: unknown,
): UserError {
  if (cause instanceof UserError) return cause;
  const { code, path, message } = cause as NodeJS.ErrnoException;
  const full = code === "ENOSPC" || code === "EDQUOT";
  const why = full ? "no space left on device" : message;
  const at = path && path !== to ? ` (at ${path})` : "";
  return new UserError(
    "CopyFailed",
    `error: cannot copy ${from} to ${to}${at}: ${why}`,
    {
      hint: "of files, none is left half written; those before it are complete",
      cause,
    },
  );
}
