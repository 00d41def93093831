import { z } from "zod";
import { ENDINGS_PATH } from "../schema/index.js";
import { sessionFiles, type SessionFiles } from "../session-files.js";

/**
 * Sessions that were told to end: a sidecar that dies meanwhile must not take them
 * over as if nobody had.
 */
export interface EndingStore extends Pick<
  SessionFiles<unknown>,
  "remove" | "keep"
> {
  has(session: string, created: string): boolean;
  add(session: string, created: string): void;
}

/** They are kept in files of the shared volume. */
export function createEndingStore(folder = ENDINGS_PATH): EndingStore {
  const files = sessionFiles(folder, z.object({ created: z.string() }));
  return {
    // Not a later session of the same name.
    has: (session, created) => files.read(session)?.created === created,
    add: (session, created) => {
      try {
        files.write(session, { created });
      } catch {
        // A full disk keeps no session from ending.
      }
    },
    remove: (session) => files.remove(session),
    keep: (sessions) => files.keep(sessions),
  };
}
