import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import type { z } from "zod";

/** Where what belongs to sessions outlives the sidecar; it goes with its volume. */
export interface SessionFiles<T> {
  /** What is kept of a session, if there is something that can be read. */
  read(session: string): T | undefined;
  write(session: string, kept: T): void;
  remove(session: string): void;
  /** Removes what is kept of all but these sessions. */
  keep(sessions: string[]): void;
}

/**
 * One file for each session, in the shared volume but for the sidecar alone;
 * replaced in one rename, so that a crash leaves the old one or the new one.
 */
export function sessionFiles<T>(
  folder: string,
  shape: z.ZodType<T>,
): SessionFiles<T> {
  const path = (session: string) => `${folder}/${session}.json`;
  return {
    read: (session) => {
      try {
        return shape.parse(JSON.parse(readFileSync(path(session), "utf8")));
      } catch {
        return undefined;
      }
    },
    write: (session, kept) => {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      const fresh = `${path(session)}.new`;
      writeFileSync(fresh, JSON.stringify(kept), { mode: 0o600 });
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
