/** What a container is to us: sidecar, interceptor, replica, guard, probe. */
export const ROLE = "sidestep.role";
/** The session that a replica belongs to. */
export const SESSION = "sidestep.session";
/** The session's spec, as JSON: Docker is the only store. */
export const SPEC = "sidestep.spec";
/** The compose project of the sidecar that created it. */
export const PROJECT = "sidestep.project";
/** The name of the shared volume: who owns what we create. */
export const OWNER = "sidestep.owner";
/** The id of the container that is debugged. */
export const TARGET = "sidestep.target";
/** The app's port that an interceptor takes over. */
export const PORT = "sidestep.port";
/** A digest of all that a container was created from. */
export const HASH = "sidestep.hash";
/** When the session was created, as an ISO date. */
export const CREATED = "sidestep.created";
/** The version of the sidecar, on its image. */
export const VERSION = "sidestep.version";

/** Labels of Docker Compose that we read. */
export const COMPOSE_PROJECT = "com.docker.compose.project";
export const COMPOSE_SERVICE = "com.docker.compose.service";
export const COMPOSE_ONEOFF = "com.docker.compose.oneoff";
export const COMPOSE_NUMBER = "com.docker.compose.container-number";
export const COMPOSE_HASH = "com.docker.compose.config-hash";

/**
 * On all that we create. Traefik takes any container unless told otherwise,
 * and names what it finds by the compose labels: without this, the replica
 * would be one more server of the original's public address.
 */
export const UNROUTED = { "traefik.enable": "false" };

/** What a container of ours can be. */
export type Role = "sidecar" | "interceptor" | "replica" | "guard" | "probe";

/**
 * Compose labels for what we create: the project and the real service, as a
 * one-off. With these `up`, `up --remove-orphans` and `down` leave it to us;
 * with `oneoff=False` a plain `up` would delete the real container. For a
 * target that compose did not create they are emptied, because images that
 * compose built bring them along.
 */
export function composeLabels(
  labels: Record<string, string> | null | undefined,
): Record<string, string> {
  const compose = labels?.[COMPOSE_ONEOFF] !== undefined;
  return {
    [COMPOSE_PROJECT]: (compose && labels[COMPOSE_PROJECT]) || "",
    [COMPOSE_SERVICE]: (compose && labels[COMPOSE_SERVICE]) || "",
    ...(compose
      ? {
          [COMPOSE_ONEOFF]: "True",
          [COMPOSE_HASH]: labels[COMPOSE_HASH] ?? "sidestep",
        }
      : {}),
  };
}

/**
 * The compose project that a container belongs to. Images that compose built
 * carry its labels too, so that the project's name alone proves nothing.
 */
export function composeProject(
  labels: Record<string, string> | null | undefined,
): string | undefined {
  return labels?.[COMPOSE_ONEOFF] === undefined
    ? undefined
    : labels[COMPOSE_PROJECT];
}
