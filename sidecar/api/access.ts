import type { IncomingMessage } from "node:http";
import { forbidden, unauthorized, type UserError } from "../errors.js";
import { sameToken } from "../links/token.js";

/** Who may speak to the API: checked for every request and every upgrade. */
export interface Access {
  /** The reason to refuse a request, if there is one. */
  refuse(request: IncomingMessage): UserError | undefined;
}

/**
 * The token, an exact list of hosts (a page of another site that resolves to
 * loopback has another), and the same for the origin, where a browser names
 * one.
 */
export function createAccess(token: string, hosts: string[]): Access {
  return {
    refuse: ({ headers }) => {
      if (!hosts.includes(headers.host ?? "")) {
        return forbidden(
          `the API answers only to ${hosts.join(", ")}, not to "${headers.host ?? ""}"`,
        );
      }
      const { origin } = headers;
      if (origin !== undefined && !hosts.includes(bare(origin))) {
        return forbidden(`pages of ${origin} may not use the API`);
      }
      const [scheme, given = ""] = (headers.authorization ?? "").split(" ");
      const good =
        scheme?.toLowerCase() === "bearer" && sameToken(given, token);
      return good ? undefined : unauthorized();
    },
  };
}

const bare = (origin: string): string => origin.replace(/^http:\/\//, "");
