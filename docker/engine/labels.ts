/** What a container is to us: one of `Role`. */
export const ROLE = "sidestep.role";
/** On a user's own container: whether it is production. */
export const PRODUCTION = "sidestep.production";
/** The session that a replica belongs to. */
export const SESSION = "sidestep.session";
/** The session's spec, as JSON: Docker is the only store. */
export const SPEC = "sidestep.spec";
/** The labels that the user gave the session, as JSON. */
export const LABELS = "sidestep.labels";
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

/** Where the kit was put into a replica by a file, beside its environment: folders, by `:`. */
export const SITE_PACKAGES = "sidestep.site-packages";

/** Labels of Docker Compose that we read. */
export const COMPOSE_PROJECT = "com.docker.compose.project";
export const COMPOSE_SERVICE = "com.docker.compose.service";
export const COMPOSE_ONEOFF = "com.docker.compose.oneoff";
export const COMPOSE_NUMBER = "com.docker.compose.container-number";

/**
 * On all that we create. Traefik takes any container unless told otherwise,
 * and names what it finds by the compose labels: without this, the replica
 * would be one more server of the original's public address.
 */
export const UNROUTED = { "traefik.enable": "false" };

/** What a container of ours can be. */
export type Role =
  | "sidecar"
  | "interceptor"
  | "replica"
  | "guard"
  | "probe"
  | "canary"
  | "toolbox";

/**
 * A compose project of its own for what we create: compose then never sees it
 * as part of the app's, whatever is asked of it. Leaving the labels out would
 * not do, because images that compose built bring the app's along; see
 * docs/decisions/0002-compose-labels.md.
 */
export const OWN_PROJECT: Record<string, string> = {
  [COMPOSE_PROJECT]: "sidestep-sessions",
  [COMPOSE_SERVICE]: "sidestep",
  [COMPOSE_ONEOFF]: "True",
};

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

/**
 * The compose project that a sidecar belongs to: what `sidestep up` was told,
 * else the one that compose started it in.
 */
export function sidecarProject(
  labels: Record<string, string> | null | undefined,
): string | undefined {
  const told = labels?.[PROJECT];
  return told === undefined ? composeProject(labels) : told || undefined;
}
