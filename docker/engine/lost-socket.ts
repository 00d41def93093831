import { readFileSync, realpathSync } from "node:fs";

/** How long an Engine may take until it is there again, while its containers go on. */
const PATIENCE_MS = 5_000;
/** Looks that fail further apart than this are not of one time. */
const GAP_MS = 3_000;

export const SOCKET_LOST =
  "the Engine's socket is not the one that is mounted here any more: the Engine was started anew; ending, so that the Engine starts this container with the new one";

/**
 * Whether a socket is lost for good, asked at each failure of the Engine. One that
 * refuses connections has nobody behind it, ever again: an Engine that makes its socket
 * itself makes another one when it starts. A container that has the socket itself
 * mounted keeps the old one until it is started again; in a folder that is mounted,
 * the new one appears by itself.
 */
export function createLostSocket(
  isMounted: () => boolean = socketIsMounted,
  now: () => number = Date.now,
): (failure: unknown) => boolean {
  let first = 0;
  let last = -Infinity;
  return (failure) => {
    if (!isRefused(failure)) {
      last = -Infinity;
      return false;
    }
    if (now() - last > GAP_MS) first = now();
    last = now();
    return last - first >= PATIENCE_MS && isMounted();
  };
}

function isRefused(failure: unknown): boolean {
  const { cause } = failure as { cause?: { code?: unknown } };
  return cause?.code === "ECONNREFUSED";
}

/** Whether the socket is mounted by itself, not with its folder. */
function socketIsMounted(): boolean {
  const host = process.env["DOCKER_HOST"] ?? "";
  const path = host.replace(/^unix:\/\//, "") || "/var/run/docker.sock";
  try {
    return isMountPoint(
      realpathSync(path),
      readFileSync("/proc/self/mountinfo", "utf8"),
    );
  } catch {
    return false;
  }
}

/** Whether the fifth column of a line of mountinfo, where it is mounted, is this path. */
export const isMountPoint = (path: string, mountinfo: string): boolean =>
  mountinfo.split("\n").some((line) => line.split(" ")[4] === path);
