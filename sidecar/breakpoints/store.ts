import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { z } from "zod";
import { BREAKPOINTS_PATH, BreakpointSpec } from "../schema/index.js";
import type { SessionList } from "./entry.js";

const Stored = z.object({
  created: z.string(),
  next: z.int().min(1),
  entries: z.array(
    z.object({ name: z.string(), created: z.string(), spec: BreakpointSpec }),
  ),
});

/** Where the sessions' lists outlive the sidecar; they go with its volume. */
export interface Store {
  /** The list of a session, if there is one that can be read. */
  read(session: string): SessionList | undefined;
  write(session: string, list: SessionList): void;
  remove(session: string): void;
  /** Removes the lists of all but these sessions. */
  keep(sessions: string[]): void;
}

/**
 * One file for each session, in the shared volume but for the sidecar alone;
 * replaced in one rename, so that a crash leaves the old list or the new one.
 */
export function createStore(folder = BREAKPOINTS_PATH): Store {
  const path = (session: string) => `${folder}/${session}.json`;
  return {
    read: (session) => {
      try {
        return Stored.parse(JSON.parse(readFileSync(path(session), "utf8")));
      } catch {
        return undefined;
      }
    },
    write: (session, list) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const fresh = `${path(session)}.new`;
      writeFileSync(fresh, JSON.stringify(list), { mode: 0o600 });
      renameSync(fresh, path(session));
    },
    remove: (session) => rmSync(path(session), { force: true }),
    keep: (sessions) => {
      for (const file of existsSync(folder) ? readdirSync(folder) : []) {
        const kept = sessions.some((name) => file === `${name}.json`);
        if (!kept) rmSync(`${folder}/${file}`, { force: true });
      }
    },
  };
}
