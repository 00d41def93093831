import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** A new canary's id, and what its request shows to the interceptor that has this token. */
export function newCanary(token: string): { id: string; secret: string } {
  const id = randomBytes(8).toString("hex");
  return { id, secret: `${id}.${proof(token, id)}` };
}

/** The id of a canary that was made with this token; undefined where it was not. */
export function canaryId(token: string, secret: string): string | undefined {
  const [id = "", shown = ""] = secret.split(".");
  const given = Buffer.from(shown);
  const wanted = Buffer.from(proof(token, id));
  if (given.length !== wanted.length) return undefined;
  return timingSafeEqual(given, wanted) ? id : undefined;
}

const proof = (token: string, id: string): string =>
  createHmac("sha256", token).update(`canary ${id}`).digest("hex");
