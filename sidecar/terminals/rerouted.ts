import type { Rerouted } from "../links/interceptors.js";

/** So many are remembered, answered or not. */
const MOST = 1_000;

/** The requests that interceptors told of, by the number that the kit knows too. */
export interface ReroutedBook {
  learn(requests: Rerouted[]): void;
  get(id: string | null | undefined): Rerouted | undefined;
  /** The ids of a session's requests that had come by then (ms since 1970), a hundred at most. */
  cameBefore(session: string, time: number): string[];
}

/** An empty book. */
export function createReroutedBook(): ReroutedBook {
  const all = new Map<string, Rerouted>();
  return {
    learn: (requests) => {
      for (const request of requests) all.set(request.id, request);
      for (const id of all.keys()) {
        if (all.size <= MOST) break;
        all.delete(id);
      }
    },
    get: (id) => (id ? all.get(id) : undefined),
    cameBefore: (session, time) =>
      [...all.values()]
        .filter((each) => each.session === session && each.since <= time)
        .slice(-100)
        .map(({ id }) => id),
  };
}
