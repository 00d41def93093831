import type { Problem } from "./schema/index.js";

/** An error that a user is told of: what was wrong, what is accepted, what to do. */
export class UserError extends Error implements Problem {
  constructor(
    readonly code: string,
    readonly status: number,
    message: string,
    readonly hint?: string,
  ) {
    super(message);
    this.name = "UserError";
  }
}

export const notFound = (type: string, name: string): UserError =>
  new UserError("NotFound", 404, `${type} "${name}" not found`);

export const noSuchPath = (path: string): UserError =>
  new UserError("NotFound", 404, `the API has nothing at ${path}`);

export const alreadyExists = (name: string): UserError =>
  new UserError(
    "AlreadyExists",
    409,
    `sessions "${name}" already exists`,
    "Choose another name with --name, or delete that session first.",
  );

export const invalid = (details: string): UserError =>
  new UserError("Invalid", 422, `the session is not valid: ${details}`);

export const invalidBreakpoint = (details: string): UserError =>
  new UserError(
    "Invalid",
    422,
    `the breakpoint is not valid: ${details}`,
    "It is FILE:LINE, such as shop/views.py:42; the end of a path is enough.",
  );

export const invalidExpression = (
  field: "if" | "log",
  text: string,
  message: string,
  at: number,
): UserError => {
  const before = text.slice(0, at).replace(/[^\t]/g, " ");
  return new UserError(
    "Invalid",
    422,
    `the ${field === "if" ? "condition" : "log message"} is not valid: ${message}\n  ${text}\n  ${before}^`,
    field === "if"
      ? "A condition is one expression of Python, such as: order.total < 0"
      : "A log message is text with {expressions} of Python, such as: total={order.total}",
  );
};

export const breakpointExists = (at: string, name: string): UserError =>
  new UserError(
    "AlreadyExists",
    409,
    `breakpoints "${name}" is the same: ${at}`,
    "Give it another condition or log message, or delete that one first.",
  );

export const tooManyBreakpoints = (session: string, limit: string): UserError =>
  new UserError(
    "Invalid",
    422,
    `the breakpoints of session "${session}" would be more than ${limit}`,
    "Delete some of them: sidestep get breakpoints.",
  );

export const cannotCheck = (why: string): UserError =>
  new UserError(
    "CannotCheck",
    503,
    `the expression could not be checked: ${why}`,
    "Try again in a moment.",
  );

export const badRequest = (details: string): UserError =>
  new UserError("BadRequest", 400, details);

export const unauthorized = (): UserError =>
  new UserError(
    "Unauthorized",
    401,
    "the token is missing or wrong",
    "The CLI reads it through the Docker Engine; a sidecar that was made anew has a new one.",
  );

export const forbidden = (what: string): UserError =>
  new UserError("Forbidden", 403, what);

export const shuttingDown = (): UserError =>
  new UserError(
    "Conflict",
    409,
    "the sidecar is shutting down: everything is being put back",
  );

export const targetNotFound = (target: string, known: string[]): UserError =>
  new UserError(
    "TargetNotFound",
    404,
    `there is no running target "${target}"`,
    known.length > 0
      ? `Targets here: ${known.join(", ")}.`
      : "No container is running here that could be debugged.",
  );

export const targetNotRunning = (target: string, state: string): UserError =>
  new UserError(
    "TargetNotRunning",
    409,
    `the target "${target}" is not running (${state})`,
    "Start it first; a session follows it from then on.",
  );

export const targetIsOurs = (target: string): UserError =>
  new UserError(
    "Invalid",
    422,
    `"${target}" is a container of sidestep itself`,
    "Choose the app's own container: sidestep get targets.",
  );

export const targetHasNoNetwork = (target: string): UserError =>
  new UserError(
    "TargetHasNoNetwork",
    409,
    `the target "${target}" has no network (network_mode: none), so no request reaches it`,
    "Only a target with a network of its own can be debugged.",
  );

export const targetOnHostNetwork = (target: string): UserError =>
  new UserError(
    "TargetOnHostNetwork",
    409,
    `the target "${target}" uses the host's network: a takeover there would touch every other program of the host`,
    "Run it on a Docker network (bridge) to debug it.",
  );

export const portAmbiguous = (target: string, ports: number[]): UserError =>
  new UserError(
    "PortAmbiguous",
    422,
    `the target "${target}" has several TCP ports: ${ports.join(", ")}`,
    `Name the app's port: --port ${ports[0]}.`,
  );

export const portUnknown = (target: string): UserError =>
  new UserError(
    "PortUnknown",
    422,
    `the target "${target}" exposes no TCP port, and nothing listens in it`,
    "Name the app's port with --port.",
  );

export const matchTaken = (
  target: string,
  match: string,
  other: string,
): UserError =>
  new UserError(
    "MatchTaken",
    409,
    `session "${other}" already takes ${match} of "${target}"`,
    `Choose another --match, or delete it: sidestep delete session ${other}.`,
  );

export const noKit = (session: string): UserError =>
  new UserError(
    "NoKit",
    409,
    `no process of session "${session}" has loaded the kit, so nobody can tell its stacks`,
    `See why: sidestep describe session ${session}. An app that is still starting dials when it is loaded.`,
  );

export const noMainTerminal = (session: string): UserError =>
  new UserError(
    "NotRunning",
    409,
    `the replica of session "${session}" is not running, so it has no main terminal`,
    `See why: sidestep describe session ${session}.`,
  );
