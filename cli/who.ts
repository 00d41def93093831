import { hostname, userInfo } from "node:os";

/**
 * Who uses this command, as the sidecar's events tell it, such as
 * `alice@devbox (context staging)`; what a header cannot hold is a `?`.
 */
export function whoIsThis(context?: string): string {
  const where = context === undefined ? "" : ` (context ${context})`;
  return `${userName()}@${hostname()}${where}`.replaceAll(/[^\x20-\x7e]/g, "?");
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.() ?? "unknown"}`; // it has no name here
  }
}
