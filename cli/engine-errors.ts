import type { ReachedEngine } from "../docker/engine/reach/index.js";
import { UserError } from "./errors.js";
import {
  badContext,
  badEngineAddress,
  engineFailed,
  engineForbidden,
  engineLost,
  engineRefused,
  engineUntrusted,
  noSuchContext,
  sshFailed,
} from "./reach-errors.js";

/** Where an Engine is, and what said so, for people. */
export interface EnginePlace {
  /** As docker writes it, such as ssh://me@example.com. */
  url: string;
  context: string;
  by: string;
  /** What says that it is production, in words. */
  production?: string | undefined;
}

/** Where a reached Engine is. */
export const placeOf = ({
  endpoint,
  context,
}: Pick<ReachedEngine, "endpoint" | "context">): EnginePlace => ({
  url: endpoint.url,
  context: context.name,
  by: context.by,
});

/** What errors of the network, of TLS, of ssh and of the Engine's client have in common. */
interface Cause {
  name?: string;
  message?: string;
  code?: string;
  status?: number;
  address?: string;
  port?: number;
  cause?: unknown;
}

/** Words for an Engine that cannot be reached, or refused; other errors as they are. */
export function explainEngine(error: unknown, place?: EnginePlace): unknown {
  if (error instanceof UserError) return error;
  for (
    let each = error as Cause | undefined;
    each;
    each = each.cause as Cause | undefined
  ) {
    const words = wordsFor(each, error, place);
    if (words) return words;
  }
  const { name, status, message = "" } = error as Cause;
  if (name !== "EngineError") return error;
  return status
    ? engineFailed(message, error)
    : engineLost(message, place, error);
}

function wordsFor(
  { name, code = "", message = "", address, port }: Cause,
  error: unknown,
  place: EnginePlace | undefined,
): UserError | undefined {
  if (name === "ReachError") {
    if (code === "NoSuchContext") return noSuchContext(message);
    if (code === "BadContext") return badContext(message, error);
    if (code === "BadHost") return badEngineAddress(message);
    return sshFailed(place?.url ?? "ssh", message, error);
  }
  const where = `${address ?? place?.url ?? "its socket"}${port ? `:${port}` : ""}`;
  if (code === "EACCES" || code === "EPERM") {
    return engineForbidden(where, error);
  }
  if (["ECONNREFUSED", "ENOENT", "ENOTFOUND", "EAI_AGAIN"].includes(code)) {
    return engineRefused(where, place, error);
  }
  if (/CERT|SELF_SIGNED|TLS|SSL|ISSUER/.test(code)) {
    return engineUntrusted(where, message, place, error);
  }
  return undefined;
}

/** Whether the Engine refuses because the container ended after it was listed. */
export function hasEnded(error: unknown): boolean {
  const { name, status } = error as Cause;
  return name === "EngineError" && (status === 409 || status === 404);
}
