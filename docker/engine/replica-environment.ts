import {
  KIT_PATH,
  kitSocket,
  type SessionSpec,
} from "../../sidecar/schema/index.js";
import type { Inspect } from "./engine.js";

/** By these, nginx-proxy and its companion route public traffic. */
const ROUTED_BY = [
  "VIRTUAL_HOST",
  "VIRTUAL_HOST_MULTIPORTS",
  "LETSENCRYPT_HOST",
  "ACME_HOST",
];

/** What the sidecar alone gives. */
const SECRETS = ["SIDESTEP_TOKEN", "SIDESTEP_PIN", "SIDESTEP_DEBUGGER_SECRET"];

/**
 * The target's environment, with the session's overrides and what loads the
 * kit; all but the secrets. A name alone stays one: it unsets what the image
 * would bring along.
 */
export function environment(
  target: Inspect,
  session: string,
  spec: SessionSpec,
  port: number,
): string[] {
  const env = new Map<string, string | undefined>();
  for (const entry of target.Config.Env ?? []) {
    const at = entry.indexOf("=");
    if (at < 0) env.set(entry, undefined);
    else env.set(entry.slice(0, at), entry.slice(at + 1));
  }
  for (const key of ROUTED_BY) if (env.has(key)) env.set(key, undefined);
  for (const [key, value] of Object.entries(spec.env ?? {})) {
    env.set(key, value);
  }
  for (const key of SECRETS) env.delete(key);
  const path = env.get("PYTHONPATH");
  env.set("PYTHONPATH", path ? `${KIT_PATH}:${path}` : KIT_PATH);
  env.set("SIDESTEP_SESSION", session);
  env.set("SIDESTEP_KIT_SOCKET", kitSocket(session));
  env.set("SIDESTEP_ON_EXCEPTION", spec.onException);
  env.set("SIDESTEP_CONCURRENCY", spec.concurrency);
  env.set("SIDESTEP_PORT", String(port));
  const folder = target.Config["WorkingDir"];
  if (typeof folder === "string") env.set("SIDESTEP_WORKDIR", folder);
  return [...env].map(([key, value]) =>
    value === undefined ? key : `${key}=${value}`,
  );
}
