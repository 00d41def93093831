import type { EnginePlace } from "./engine-errors.js";
import { UserError } from "./errors.js";

/** The Docker Engine does not answer. */
export function engineRefused(
  address: string,
  place: EnginePlace | undefined,
  cause: unknown,
): UserError {
  const ask = /^[/.]|^unix:/.test(address)
    ? "is it running?"
    : "did you specify the right host or port?";
  return new UserError(
    "EngineRefused",
    `The connection to the Docker Engine at ${address} was refused - ${ask}`,
    { hint: tryDocker(place), cause },
  );
}

/** The connection to the Engine broke, or it gave no answer in time. */
export function engineLost(
  detail: string,
  place: EnginePlace | undefined,
  cause: unknown,
): UserError {
  return new UserError(
    "EngineLost",
    `error: lost the connection to the Docker Engine${place ? ` at ${place.url}` : ""}: ${detail}`,
    { hint: tryDocker(place), cause },
  );
}

/** The Engine's certificate, or ours, was not accepted. */
export function engineUntrusted(
  address: string,
  detail: string,
  place: EnginePlace | undefined,
  cause: unknown,
): UserError {
  return new UserError(
    "EngineUntrusted",
    `error: the certificate of the Docker Engine at ${address} was not accepted: ${detail}`,
    { hint: tryDocker(place), cause },
  );
}

/** ssh did not come through to the Engine. */
export function sshFailed(
  url: string,
  detail: string,
  cause: unknown,
): UserError {
  return new UserError(
    "EngineRefused",
    `error: the Docker Engine at ${url} cannot be reached: ${detail}`,
    {
      hint: `try: ssh ${url.replace(/^ssh:\/\//, "").replace(/:(\d+)/, " -p $1")} docker version`,
      cause,
    },
  );
}

/** The Engine refused what it was asked for. */
export function engineFailed(detail: string, cause: unknown): UserError {
  return new UserError(
    "EngineError",
    `error: the Docker Engine refused: ${detail}`,
    { cause },
  );
}

/** Docker has no context of that name. */
export function noSuchContext(name: string): UserError {
  return new UserError(
    "NoSuchContext",
    `error: no context exists with the name: "${name}"`,
    { hint: "sidestep config get-contexts lists those that docker has" },
  );
}

/** A file of docker's configuration cannot be used. */
export function badContext(detail: string, cause: unknown): UserError {
  return new UserError("BadContext", `error: ${detail}`, {
    hint: "it is docker's: see docker context ls",
    cause,
  });
}

/** DOCKER_HOST, or a context, names no place. */
export function badEngineAddress(detail: string): UserError {
  return new UserError(
    "BadEngineAddress",
    `error: the Docker Engine's address ${detail}`,
    {
      hint: "it is unix:///PATH, tcp://HOST:PORT or ssh://USER@HOST, in DOCKER_HOST or in a context",
    },
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

/** What to run to see the same of docker's own command line. */
function tryDocker(place: EnginePlace | undefined): string {
  if (!place || place.context === "default") return "try: docker version";
  return `it is the Engine of context "${place.context}" (by ${place.by}); try: docker --context ${place.context} version`;
}

/** No container is a sidecar. */
export function noSidecar(): UserError {
  return new UserError("NoSidecar", "error: no sidecar is running here", {
    hint:
      "start one with: sidestep up\n" +
      "or, where your compose file has a service for it: docker compose --profile debug up -d",
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
    {
      hint: `start it with: docker start ${name}; or take it down with: sidestep down --sidecar ${name}`,
    },
  );
}

/** The sidecar's image is from before it could be reached by an exec. */
export function noRelay(cause: unknown): UserError {
  return new UserError(
    "NoRelay",
    "error: the sidecar is of an older build, which cannot be reached through the Engine",
    {
      hint: "build its image anew and start it again, or use its own command: docker exec -it SIDECAR sidestep",
      cause,
    },
  );
}

/** The sidecar's API cannot be reached in the way that was asked for. */
export function notReachable(name: string, why: string): UserError {
  return new UserError(
    "NotReachable",
    `error: the sidecar "${name}" cannot be reached directly: ${why}`,
    { hint: "without --transport=direct it is reached through the Engine" },
  );
}
