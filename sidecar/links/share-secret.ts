import { createHmac } from "node:crypto";

/**
 * The secret of a session's share link. It comes from the session's own, so it
 * outlives the sidecar without being kept, and nobody can make up another.
 */
export function shareSecret(secret: string): string {
  const digest = createHmac("sha256", secret).update("the share link").digest();
  return digest.toString("base64url").slice(0, 24);
}
