import type { Client } from "./client.js";
import type { Resource } from "./print/columns.js";
import type { ResourceType } from "./resources.js";

/** How the objects of each type are read. */
export const LISTS: Record<
  ResourceType,
  (client: Client, unmatched?: true) => Promise<{ items: Resource[] }>
> = {
  targets: (client) => client.targets(),
  sessions: (client) => client.sessions(),
  pauses: (client) => client.pauses(),
  requests: (client, unmatched) => client.requests({ unmatched }),
  breakpoints: (client) => client.breakpoints(),
  events: (client) => client.events({}),
};
