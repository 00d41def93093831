import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { get, type Agent } from "node:http";
import { text } from "node:stream/consumers";
import { IDENTITY_PATH, identityText } from "../sidecar/schema/identity.js";

/** What is on this machine answers at once, or somebody's firewall is in the way. */
const TIMEOUT_MS = 1_000;

/** An answer that is longer is somebody else's. */
const MAX_LENGTH = 1_000;

/**
 * Whether the sidecar with this token answers at an address. The token is not
 * told to it: the same port can be another program's, where the Engine is on
 * another machine.
 * @param base such as http://127.0.0.1:7007
 * @param host the name under which the sidecar is published, if that is another
 * @param agent makes the connection, where the address alone does not
 */
export async function isTheSidecar(
  base: string,
  token: string,
  host = new URL(base).host,
  agent?: Agent,
): Promise<boolean> {
  const nonce = randomBytes(16).toString("hex");
  try {
    const url = `${base}${IDENTITY_PATH}?nonce=${nonce}`;
    const answer = await ask(url, host, agent);
    const { proof } = JSON.parse(answer) as { proof?: unknown };
    const mac = createHmac("sha256", token).update(identityText(nonce));
    const expected = mac.digest();
    const given = Buffer.from(typeof proof === "string" ? proof : "", "hex");
    return given.length === expected.length && timingSafeEqual(given, expected);
  } catch {
    return false; // nobody, or somebody who speaks otherwise
  }
}

function ask(url: string, host: string, agent?: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const options = { headers: { host }, signal, ...(agent && { agent }) };
    get(url, options, (response) => {
      const length = Number(response.headers["content-length"] ?? Infinity);
      if (response.statusCode !== 200 || length > MAX_LENGTH) {
        response.destroy();
        return reject(new Error("no proof"));
      }
      text(response).then(resolve, reject);
    }).on("error", reject);
  });
}
