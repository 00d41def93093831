import { createHash, randomBytes, timingSafeEqual } from "node:crypto";

/** A fresh secret, 256 bits. */
export const newToken = (): string => randomBytes(32).toString("base64url");

/** Compares secrets in constant time. */
export function sameToken(given: string, expected: string): boolean {
  const digest = (text: string) => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
