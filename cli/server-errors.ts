import { UserError } from "./errors.js";

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

/** The sidecar answers otherwise than this client expects: it is another version. */
export function unexpectedAnswer(path: string, type: string): UserError {
  return new UserError(
    "UnexpectedAnswer",
    `error: the server did not answer ${path.replace(/\?.*/, "")} with ${type}`,
    { hint: "it may be of another version than this client: sidestep version" },
  );
}

const TRANSIENT = new Set([
  "ServerRefused",
  "ServerLost",
  "NoSidecar",
  "SidecarNotRunning",
  "EngineRefused",
  "EngineLost",
  "Unauthorized",
]);

/** Whether the sidecar could not be reached, which a restart of it can change. */
export function isTransient(error: unknown): boolean {
  return error instanceof UserError && TRANSIENT.has(error.code);
}

/** Whether a sidecar is there whose API does not answer yet. */
export function isStarting(error: unknown): boolean {
  const starting = ["ServerRefused", "ServerLost"];
  return error instanceof UserError && starting.includes(error.code);
}

/** Whether there is no sidecar at all, as far as the Engine knows. */
export function isNoSidecar(error: unknown): boolean {
  return error instanceof UserError && error.code === "NoSidecar";
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
