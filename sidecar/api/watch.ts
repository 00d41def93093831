import type { Request, Response } from "express";
import type { Feed, Named } from "./feed.js";
import { createReader, type Reader } from "./watch-reader.js";

/** How long a watch may be silent: shorter than what proxies in between allow. */
const HEARTBEAT_MS = 15_000;
/** A reader that takes nothing for so long is dropped: it can come again, and resume. */
const SLOW_MS = 30_000;
/** After a loss, browsers come again after so long. */
const RETRY_MS = 1_000;
/** How long the last words may take. */
const GOODBYE_MS = 1_000;

/** All watches that there are now. */
export interface Watches {
  /** Sends the objects that are wanted, then their changes, until the reader leaves. */
  serve<T extends Named>(
    feed: Feed<T>,
    wanted: (object: T) => boolean,
    req: Request,
    res: Response,
  ): Promise<void>;
  /** Ends all: the sidecar ends. */
  end(): Promise<void>;
}

/**
 * Watches as server-sent events. What a reader has not taken yet is not kept
 * for it: it is compared with the feed again when it can take more.
 */
export function createWatches(slowMs = SLOW_MS): Watches {
  const open = new Set<() => Promise<void>>();

  return {
    serve: async (feed, wanted, req, res) => {
      let slow: NodeJS.Timeout | undefined;

      const write = (text: string): boolean => {
        if (res.write(text)) return true;
        slow ??= setTimeout(() => res.destroy(), slowMs);
        return false;
      };
      const reading: { reader?: Reader } = {};
      const pump = () => {
        const { reader } = reading;
        while (reader && res.writable && !slow) {
          if (reader.behind()) return void res.destroy();
          const next = reader.next();
          if (next === undefined || !write(next)) return;
        }
      };
      const end = async () => {
        await feed.look().catch(() => {});
        pump();
        await new Promise<void>((resolve) => {
          setTimeout(resolve, GOODBYE_MS).unref();
          res.end(resolve);
        });
      };

      const leave = await feed.follow(pump);
      if (res.destroyed) return leave();
      const heartbeat = setInterval(() => {
        if (res.writable && !slow) write(": still here\n\n");
      }, HEARTBEAT_MS);
      open.add(end);
      res.on("error", () => res.destroy());
      res.on("drain", () => {
        clearTimeout(slow);
        slow = undefined;
        pump();
      });
      res.on("close", () => {
        clearInterval(heartbeat);
        clearTimeout(slow);
        open.delete(end);
        leave();
      });
      res.writeHead(200, {
        "content-type": "text/event-stream",
        "cache-control": "no-store",
        "x-accel-buffering": "no",
      });
      write(`retry: ${RETRY_MS}\n\n`);
      reading.reader = createReader(feed, wanted, askedFor(feed, req));
      pump();
    },
    end: async () => {
      await Promise.all([...open].map((each) => each()));
    },
  };
}

/** The version from which on a reader wants to know, if it is one of this feed. */
function askedFor(feed: Feed<Named>, req: Request): number {
  const given = req.get("last-event-id") ?? req.query["resourceVersion"];
  const [epoch, text] = typeof given === "string" ? given.split(".") : [];
  const version = /^\d+$/.test(text ?? "") ? Number(text) : 0;
  return epoch === feed.epoch && version <= feed.version() ? version : 0;
}
