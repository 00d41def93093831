import type { ChangeType } from "../sidecar/schema/watch.js";
import type { Cli } from "./cli.js";
import type { Client, WatchQuery } from "./client.js";
import { isTransient } from "./server-errors.js";
import { poll } from "./poll.js";
import type { Resource } from "./print/columns.js";
import type { ResourceType } from "./resources.js";

/** What became of an object, or that all was told which there was at first. */
export type Change =
  { type: ChangeType; object: Resource } | { type: "SYNCED" };

/** How long to wait before going on after a loss: what ended at once shall not be asked all the time. */
const AGAIN_MS = 250;

/**
 * The objects of a type, then their changes, without end. A sidecar that is
 * restarted is waited for; what is as it was then is not told again.
 */
export async function* watchChanges(
  cli: Cli,
  client: Client,
  type: ResourceType,
  query: Omit<WatchQuery, "resourceVersion">,
): AsyncGenerator<Change> {
  /** All that is known, by name, as JSON. */
  const known = new Map<string, { json: string; object: Resource }>();
  let resourceVersion: string | undefined;
  let first = true;
  let stream = await client.watch(type, query);
  for (;;) {
    const told = new Set<string>();
    try {
      for await (const { event, id } of stream) {
        if (id !== undefined) resourceVersion = id;
        if (event.type === "BOOKMARK") {
          for (const [name, { object }] of [...known]) {
            if (!event.complete || told.has(name)) continue;
            known.delete(name);
            yield { type: "DELETED", object };
          }
          if (first) yield { type: "SYNCED" };
          first = false;
          continue;
        }
        const { object } = event;
        const { name } = object.metadata;
        told.add(name);
        const before = known.get(name);
        if (event.type === "DELETED") {
          known.delete(name);
          if (before) yield { type: "DELETED", object };
          continue;
        }
        const json = JSON.stringify(object);
        known.set(name, { json, object });
        if (before?.json === json) continue;
        yield { type: before ? "MODIFIED" : "ADDED", object };
      }
    } catch (error) {
      if (!isTransient(error)) throw error;
    }
    cli.streams.err.write(`${LOST}\n`);
    await cli.sleep(AGAIN_MS);
    const again = await poll(
      cli,
      client,
      async (reached) => {
        client = reached;
        return reached.watch(type, { ...query, resourceVersion });
      },
      { said: true },
    );
    if (!again) return; // without a time limit, a poll has an answer
    stream = again;
  }
}

const LOST = "the sidecar has ended or cannot be reached: waiting for it";
