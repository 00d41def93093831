import type { Request, RequestHandler } from "express";
import { API_VERSION, type List } from "../schema/index.js";
import { createFeed, type Named, type Source } from "./feed.js";
import type { Watches } from "./watch.js";

/** What is particular about a list. */
export interface ListOptions<T> {
  /** Whether an object is among those that the query asks for. */
  wanted?: (object: T, query: Record<string, unknown>) => boolean;
  /** Reads it otherwise than the source does, where it is not watched. */
  read?: (req: Request) => T[] | Promise<T[]>;
}

/**
 * Answers a list of the API; with `?watch=true`, as server-sent events that go
 * on with what changes. Whatever has `list` and `onChange` can be served so.
 */
export function listed<T extends Named>(
  kind: string,
  source: Source<T>,
  watches: Watches,
  { wanted = () => true, read = () => source.list() }: ListOptions<T> = {},
): RequestHandler {
  const feed = createFeed(source);
  return async (req, res) => {
    const { query } = req;
    const asked = (object: T) =>
      (!query["name"] || query["name"] === object.metadata.name) &&
      wanted(object, query);
    if (query["watch"] === "true" && req.method === "GET") {
      return watches.serve(feed, asked, req, res);
    }
    const items = (await read(req)).filter(asked);
    const answer: List<T> = {
      apiVersion: API_VERSION,
      kind: `${kind}List`,
      items,
    };
    res.json(answer);
  };
}
