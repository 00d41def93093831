/** The version that every object of the API carries. */
export const API_VERSION = "sidestep.dev/v1";

/** Where the shared volume is mounted, in the sidecar and in everything it creates. */
export const VOLUME_MOUNT = "/.sidestep";

/** The folder of the kit's files inside the shared volume. */
export const KIT_PATH = `${VOLUME_MOUNT}/kit/python`;

/** The folder of the unix sockets inside the shared volume. */
export const RUN_PATH = `${VOLUME_MOUNT}/run`;

/** The folder inside the shared volume that only the sidecar has: nothing is to be seen of it anywhere else. */
export const PRIVATE_PATH = `${VOLUME_MOUNT}/private`;

/** The API's token, which the CLI reads through the Engine. */
export const TOKEN_PATH = `${PRIVATE_PATH}/token`;

/** The folder of the sessions' lists of breakpoints. */
export const BREAKPOINTS_PATH = `${PRIVATE_PATH}/breakpoints`;

/** The folder of the specs that were changed. */
export const SPECS_PATH = `${PRIVATE_PATH}/specs`;

/** The folder of the sessions that were told to end. */
export const ENDINGS_PATH = `${PRIVATE_PATH}/endings`;

/** What a sidecar that was stopped has left for the next one to tell. */
export const LAST_STOP_PATH = `${PRIVATE_PATH}/last-stop.json`;

/** The port of the sidecar's API, inside the sidecar's container. */
export const API_PORT = 7007;

/** What a client of `exec` or `port-forward` gets begins with one of these. */
export const STDOUT = 1;
export const STDERR = 2;

/** The largest control message, in bytes, on any of the unix sockets, but for an interceptor's table. */
export const MAX_LINE = 64 * 1024;

/** Where the kit of a session's replica dials home. */
export const kitSocket = (session: string): string =>
  `${RUN_PATH}/${session}/kit.sock`;

/** Where all interceptors dial home. */
export const INTERCEPTOR_SOCKET = `${RUN_PATH}/interceptor.sock`;

/** By this header the kit knows a matched request as the interceptor does; the app does not see it. */
export const REQUEST_HEADER = "x-sidestep-request";

/** In this header a client says who it is, for the audit; anybody with the token may say anything. */
export const CLIENT_HEADER = "sidestep-client";

/** The message of a breakpoint until the replica has said where it is. */
export const NOT_TOLD_YET = "no process of the replica has it yet";

/** How long a session stays that nobody uses, where its spec says nothing else. */
export const IDLE_TIMEOUT = "8h";

/** In place of a length of time: without a limit. */
export const NEVER = "never";
