import type { Route } from "../schema/routing.js";
import { SHARE_NAME, SHARE_OFF } from "../schema/share.js";
import { answerEmpty } from "./answer.js";
import { valuesOf, type RequestHead } from "./frame.js";
import { cookiesOf, queryOf, type Matchable } from "./match.js";
import type { Peer } from "./peer.js";

/** What a share link is answered with: a cookie, and the way to the same page without it. */
export interface ShareAnswer {
  /** The session that is entered; undefined: it is left. */
  session: string | undefined;
  /** A reference to the same origin. */
  location: string;
  cookie: string;
}

/** The route whose share link a browser has opened before, by its cookie. */
export function sharedRoute(
  request: Pick<Matchable, "headers">,
  routes: Route[],
): Route | undefined {
  // Nearly all requests have none: they are not to pay for it.
  const sent = valuesOf(request.headers, "cookie");
  if (!sent.some((value) => value.includes(SHARE_NAME))) return undefined;
  const values = cookiesOf(request, SHARE_NAME);
  return routes.find(
    ({ share }) => share !== undefined && values.includes(share),
  );
}

/** The answer to a share link of one of these routes; what is none of theirs is the app's. */
export function shareLinkOf(
  { method, target }: Matchable,
  routes: Route[],
): ShareAnswer | undefined {
  if (!target.includes(`${SHARE_NAME}=`)) return undefined;
  if (method !== "GET" && method !== "HEAD") return undefined;
  const sharing = routes.filter(({ share }) => share !== undefined);
  const [wanted] = queryOf(target, SHARE_NAME);
  if (sharing.length === 0 || wanted === undefined) return undefined;
  const location = withoutParameter(target);
  if (wanted === SHARE_OFF) {
    const cookie = `${SHARE_NAME}=; Max-Age=0; ${ATTRIBUTES}`;
    return { session: undefined, location, cookie };
  }
  const route = sharing.find(({ share }) => share === wanted);
  if (!route) return undefined;
  const cookie = `${SHARE_NAME}=${wanted}; ${ATTRIBUTES}`;
  return { session: route.session, location, cookie };
}

/** Answers a share link; whether the client may send another request. */
export function answerShare(
  client: Peer,
  request: RequestHead,
  share: ShareAnswer,
  draining: boolean,
): boolean {
  const keepAlive =
    request.keepAlive && request.framing.kind === "none" && !draining;
  answerEmpty(client, "303 See Other", {
    ...shareHeaders(share),
    Connection: keepAlive ? "keep-alive" : "close",
  });
  return keepAlive;
}

/** The headers of the answer to a share link, which is a 303. */
export function shareHeaders({
  session,
  location,
  cookie,
}: ShareAnswer): Record<string, string> {
  return {
    Location: location,
    "Set-Cookie": cookie,
    "Cache-Control": "no-store",
    // The secret in the link is not for other sites.
    "Referrer-Policy": "no-referrer",
    "X-Sidestep": session ? `session=${session}` : "original",
  };
}

/** No `Secure`: the app may well be served by HTTP. */
const ATTRIBUTES = "Path=/; HttpOnly; SameSite=Lax";

/** The path and query of a target, but for our parameter, as a reference to the same origin. */
function withoutParameter(target: string): string {
  const local = target
    .replace(/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i, "")
    .replace(/#.*$/s, "")
    .replace(/[^!-~]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`);
  const [path = "", ...rest] = local.split("?");
  const query = rest
    .join("?")
    .split("&")
    .filter((pair) => queryOf(`?${pair}`, SHARE_NAME).length === 0)
    .join("&");
  // What begins with two slashes would be another site's.
  const own = /^[/\\]{2}/.test(path) ? `/.${path}` : path || "/";
  return query ? `${own}?${query}` : own;
}
