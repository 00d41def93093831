import type { InterceptorLink } from "../links/interceptors.js";
import type { News } from "./book.js";

/**
 * What an interceptor tells of, as events of the session that it names, or
 * else of all sessions that are routed there now. Pure.
 * @param name the interceptor's container
 */
export function interceptorNews(
  name: string,
  { reason, message, session }: Told,
  link: Pick<InterceptorLink, "sent"> | undefined,
): News[] {
  const [, text = message, more = "0"] = MORE.exec(message) ?? [];
  const news = {
    type: "Warning" as const,
    reason,
    message: text,
    times: 1 + Number(more),
  };
  const routed = link?.sent?.routes.map((route) => route.session) ?? [];
  const sessions = session === undefined ? routed : [session];
  if (sessions.length === 0) {
    const container = name.replace(/-sidestep-port-\d+$/, "");
    return [{ ...news, object: `container/${container}` }];
  }
  return [...new Set(sessions)].map((each) => ({
    ...news,
    object: `session/${each}`,
    session: each,
  }));
}

/** An interceptor has ended though nobody wanted it to. */
export const interceptorLost = (
  name: string,
  link: Pick<InterceptorLink, "sent">,
): News[] =>
  interceptorNews(
    name,
    {
      reason: "InterceptorLost",
      message:
        "the interceptor has ended, and the requests in its hands with it; until it is started again all go to the original",
    },
    link,
  );

interface Told {
  reason: string;
  message: string;
  session?: string | undefined;
}

/** An interceptor counts what comes too fast. */
const MORE = /^(.*) \(and (\d+) more before it\)$/s;
