import { nearest } from "./schema/nearest.js";
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

export const nameTaken = (name: string): UserError =>
  new UserError(
    "AlreadyExists",
    409,
    `breakpoints "${name}" already exists`,
    "Choose another name, change that one with `sidestep apply -f`, or leave the name out.",
  );

export const otherSession = (name: string, session: string): UserError =>
  new UserError(
    "Invalid",
    422,
    `the breakpoint "${name}" is one of session "${session}", and stays there`,
    "Delete it, and create one in the other session.",
  );

export const otherName = (name: string, body: string): UserError =>
  new UserError(
    "BadRequest",
    400,
    `the name in the body ("${body}") is not the one in the path ("${name}")`,
    "A name cannot be changed: create another object, and delete this one.",
  );

export const beingDeleted = (name: string): UserError =>
  new UserError(
    "Conflict",
    409,
    `sessions "${name}" is being deleted`,
    `Wait until it is gone: sidestep wait session/${name} --for=delete.`,
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

export const notJson = (details: string): UserError =>
  new UserError(
    "BadRequest",
    400,
    `the body is not JSON: ${details}`,
    'Send an object such as {"spec": {…}}; /openapi.json describes it.',
  );

export const tooLarge = (limit: string): UserError =>
  new UserError(
    "TooLarge",
    413,
    `the body is too large: at most ${limit} are read`,
  );

export const badContentType = (type: string | undefined): UserError =>
  new UserError(
    "UnsupportedMediaType",
    415,
    `the body is ${type ?? "of no stated type"}`,
    "Send JSON, with the header Content-Type: application/json.",
  );

export const badMethod = (
  method: string,
  path: string,
  allowed: string[],
): UserError =>
  new UserError(
    "MethodNotAllowed",
    405,
    `${path} does not take ${method}`,
    `It takes ${allowed.join(", ")}.`,
  );

export const unknownParameter = (name: string, known: string[]): UserError =>
  new UserError(
    "BadRequest",
    400,
    `the query has an unknown parameter "${name}"${meant(name, known)}`,
    known.length > 0
      ? `There are here: ${known.join(", ")}.`
      : "There are none here.",
  );

export const badParameter = (name: string, details: string): UserError =>
  new UserError("BadRequest", 400, `the parameter "${name}": ${details}`);

export const otherVersion = (version: string): UserError =>
  new UserError(
    "UnsupportedVersion",
    404,
    `this sidecar does not serve ${version} of the API`,
    "It serves v1: paths begin with /v1/.",
  );

/** Asks whether the most similar word that is known was meant. */
export function meant(word: string, known: string[]): string {
  const near = nearest(word, known);
  return near === undefined ? "" : `, did you mean "${near}"?`;
}

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

export const targetIsProduction = (
  target: string,
  sign: string,
  allowed: string | undefined,
): UserError =>
  new UserError(
    "TargetIsProduction",
    403,
    allowed === undefined
      ? `the target "${target}" says that it is production: ${sign}`
      : `the target "${target}" says that it is production (${sign}), and what is allowed is "${allowed}"`,
    `If it is meant all the same, say so by its name: --allow-production=${target} (SIDESTEP_ALLOW_PRODUCTION of the sidecar, for its SIDESTEP_TARGET). If it is none, label it sidestep.production=false.`,
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

/** Where a session and an older one would take the same requests, with nothing to say which goes first. */
interface Taken {
  target: string;
  /** The priority of both. */
  priority: number;
  /** The name of the older one. */
  other: string;
}

export const matchTaken = (
  taken: Taken & {
    /** A clause of this session, and the one of the other that overlaps. */
    mine: string;
    theirs: string;
    /** A request that matches both. */
    example: string | undefined;
  },
): UserError => {
  const { target, other, mine, theirs, example } = taken;
  return new UserError(
    "MatchTaken",
    409,
    `session "${other}" already takes requests of "${target}" that this one would take too: it has ${theirs}, this one ${mine}` +
      (example ? `; both match, for example, "${example}"` : ""),
    `Narrow the match, ${orElse(taken)}`,
  );
};

export const everythingTaken = (taken: Taken): UserError =>
  new UserError(
    "MatchTaken",
    409,
    `session "${taken.other}" already takes every request of "${taken.target}"`,
    `Choose some requests with --match, ${orElse(taken)}`,
  );

const orElse = ({ priority, other }: Taken): string =>
  `say which goes first with another --priority than ${priority} (the higher one), or delete the other: sidestep delete session ${other}.`;

export const noKit = (session: string): UserError =>
  new UserError(
    "NoKit",
    409,
    `no process of session "${session}" has loaded the kit, so nobody can tell its stacks`,
    `See why: sidestep describe session ${session}. An app that is still starting dials when it is loaded.`,
  );

export const noReplica = (session: string): UserError =>
  new UserError(
    "NotRunning",
    409,
    `the replica of session "${session}" is not running`,
    `See why: sidestep describe session ${session}.`,
  );

export const noSuchFile = (session: string, path: string): UserError =>
  new UserError(
    "NotFound",
    404,
    `there is no "${path}" in the replica of session "${session}"`,
  );

export const replicaFull = (path: string): UserError =>
  new UserError(
    "NoSpace",
    507,
    `no space left on the device of "${path}" in the replica: what was being written is incomplete`,
    "Make room there, or copy to another place.",
  );

export const replicaReadOnly = (path: string): UserError =>
  new UserError(
    "ReadOnly",
    403,
    `"${path}" is read-only in the replica, as in the app's container`,
    "Copy to a volume that may be written to.",
  );

export const noMainTerminal = (session: string): UserError =>
  new UserError(
    "NotRunning",
    409,
    `the replica of session "${session}" is not running, so it has no main terminal`,
    `See why: sidestep describe session ${session}.`,
  );
