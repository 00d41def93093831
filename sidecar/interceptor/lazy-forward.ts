import type { Forward } from "./forward.js";

/**
 * The lane of matched requests, loaded with the first of them: http-proxy and
 * the TLS that comes with it are 8 MB that unmatched ones do not need.
 */
export function lazyForward(): Forward {
  let lane: Promise<Forward> | undefined;
  return async (...request) => {
    lane ??= import("./forward.js").then(({ createForward }) =>
      createForward(),
    );
    const forward = await lane;
    return forward(...request);
  };
}
