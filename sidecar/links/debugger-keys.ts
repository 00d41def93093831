import { createHmac } from "node:crypto";
import type { SessionSpec } from "../schema/index.js";

/** What guards the debugger in the browser. */
export interface DebuggerKeys {
  /** What a person types, as `123-456-789`. */
  pin: string;
  /** What the requests of the debugger's page carry. */
  secret: string;
}

/**
 * The keys of a session whose exceptions open in the browser. They come from
 * the session's secret, so that they outlive its replicas, and the sidecar.
 */
export function debuggerKeys(
  spec: SessionSpec,
  secret: string,
): DebuggerKeys | undefined {
  if (spec.onException !== "browser") return undefined;
  const derive = (purpose: string) =>
    createHmac("sha256", secret).update(purpose).digest();
  const number = derive("the debugger's PIN").readUIntBE(0, 6) % 1e9;
  const digits = String(number).padStart(9, "0");
  return {
    pin: digits.replace(/(\d{3})(?=\d)/g, "$1-"),
    secret: derive("the debugger's page").toString("base64url").slice(0, 24),
  };
}
