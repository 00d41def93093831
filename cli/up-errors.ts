import { UserError } from "./errors.js";

/** The Engine does not have the image that a sidecar is made from. */
export function imageMissing(image: string, ours: boolean): UserError {
  return new UserError(
    "ImageMissing",
    `error: the Docker Engine has no image "${image}"`,
    {
      hint: ours
        ? "build it once, in a checkout of sidestep: docker compose --profile debug build sidestep"
        : `get it with: docker pull ${image}`,
    },
  );
}

/** A container that is no sidecar has the name. */
export function nameTaken(name: string, cause: unknown): UserError {
  return new UserError(
    "NameTaken",
    `error: another container is named "${name}", and is no sidecar`,
    {
      hint: `rename it (docker rename ${name} …), or give the sidecar another name by --project`,
      cause,
    },
  );
}

/** Something else listens where the API is to be published. */
export function portTaken(port: number, cause: unknown): UserError {
  return new UserError(
    "PortTaken",
    `error: port ${port} of the Engine's machine is in use`,
    {
      hint: "choose another with --port, or leave it out: any that is free",
      cause,
    },
  );
}

/** The sidecar ended instead of starting. `log`: its last lines. */
export function sidecarEnded(name: string, log: string[]): UserError {
  return new UserError(
    "SidecarEnded",
    [
      `error: the sidecar "${name}" ended instead of starting`,
      ...log.map((line) => `  ${line}`),
    ].join("\n"),
    { hint: "its container is still there; take it away with: sidestep down" },
  );
}

/** The sidecar's API did not answer in time. */
export function notUp(
  name: string,
  seconds: number,
  cause: unknown,
): UserError {
  return new UserError(
    "NotUp",
    `error: the sidecar "${name}" does not answer after ${seconds}s`,
    { hint: `see why: docker logs ${name}`, cause },
  );
}

/** Some of what a sidecar made is still there. */
export function notDown(names: string[]): UserError {
  return new UserError(
    "NotDown",
    `error: not gone in time: ${names.join(", ")}`,
    { hint: "remove it with: sidestep down --force" },
  );
}

/** A file that is not ours is where docker's plugin would be. */
export function notOurPlugin(path: string): UserError {
  return new UserError(
    "NotOurPlugin",
    `error: ${path} is not of sidestep's making, and stays as it is`,
    { hint: "move it away, or name another folder with --dir" },
  );
}
