import { createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { forbidden, unauthorized, type UserError } from "../errors.js";
import { sameToken } from "../links/token.js";
import { identityText } from "../schema/identity.js";

/** Who may speak to the API: checked for every request and every upgrade. */
export interface Access {
  /** The reason to refuse a request, if there is one. */
  refuse: (request: IncomingMessage) => UserError | undefined;
  /** Only whether its host and origin are ours: before there is a token. */
  refuseSite: (request: IncomingMessage) => UserError | undefined;
  /** The same for who only reads figures, by whatever name it has for the sidecar: no page of a browser has the token. */
  refuseScrape: (request: IncomingMessage) => UserError | undefined;
  /** What only a holder of the token can say of a nonce; shown to anybody. */
  prove: (nonce: string) => string;
}

/**
 * The token, an exact list of hosts (a page of another site that resolves to
 * loopback has another), and the same for the origin, where a browser names
 * one.
 */
export function createAccess(token: string, hosts: string[]): Access {
  const refuseWithoutToken = ({ headers }: IncomingMessage) => {
    const [scheme, given = ""] = (headers.authorization ?? "").split(" ");
    const good = scheme?.toLowerCase() === "bearer" && sameToken(given, token);
    return good ? undefined : unauthorized();
  };
  const refuseSite = ({ headers }: IncomingMessage) => {
    if (!hosts.includes(headers.host ?? "")) {
      return forbidden(
        `the API answers only to ${hosts.join(", ")}, not to "${headers.host ?? ""}"`,
      );
    }
    const { origin } = headers;
    if (origin !== undefined && !hosts.includes(bare(origin))) {
      return forbidden(`pages of ${origin} may not use the API`);
    }
    // A browser says it also where it names no origin.
    const site = headers["sec-fetch-site"];
    if (site === "cross-site" || site === "same-site") {
      return forbidden("pages of other sites may not use the API");
    }
    return undefined;
  };
  return {
    refuseScrape: refuseWithoutToken,
    refuseSite,
    refuse: (request) => refuseSite(request) ?? refuseWithoutToken(request),
    prove: (nonce) =>
      createHmac("sha256", token).update(identityText(nonce)).digest("hex"),
  };
}

const bare = (origin: string): string => origin.replace(/^http:\/\//, "");
