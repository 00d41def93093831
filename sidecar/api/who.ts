import type { IncomingMessage } from "node:http";
import { CLIENT_HEADER } from "../schema/index.js";

const MAX = 200;

/**
 * Who asks, such as `alice@devbox (context staging)`: what the client says of
 * itself. Whoever has the token may say anything; it is for people who mean well.
 */
export function whoAsks({ headers }: Pick<IncomingMessage, "headers">): string {
  const said = headers[CLIENT_HEADER] ?? headers["user-agent"];
  const text = (Array.isArray(said) ? said.join(" ") : (said ?? ""))
    .replaceAll(/[^\x20-\x7e]/g, "?")
    .trim();
  return text.slice(0, MAX) || "a client that does not say who it is";
}
