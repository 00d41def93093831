import { createPlainForward, isPlain } from "./forward-plain.js";
import type { Forward } from "./forwarding.js";

/**
 * The lanes of matched requests. http-proxy's is loaded with the first request
 * that needs it: with the TLS that comes with it, it is 8 MB that others do not
 * need.
 * @param ours whether plain requests go by our own, which is only faster
 */
export function lazyForward(ours: boolean): Forward {
  let lane: Promise<Forward> | undefined;
  const forwardPlain = createPlainForward();
  return async (client, remoteAddress, request, route, hooks) => {
    if (ours && isPlain(request)) {
      return forwardPlain(client, remoteAddress, request, route, hooks);
    }
    lane ??= import("./forward.js").then(({ createForward }) =>
      createForward(),
    );
    const forward = await lane;
    return forward(client, remoteAddress, request, route, hooks);
  };
}
