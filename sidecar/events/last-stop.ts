import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { z } from "zod";
import type { Tell } from "./book.js";
import { LAST_STOP_PATH } from "../schema/index.js";

/**
 * Sessions end with their sidecar when it is stopped, as when it is made anew from
 * another image; whoever asks the next one for a session learns there where it went.
 */
export interface LastStop {
  /** Tells of the sessions that end now, and leaves word for the next sidecar. */
  leave(sessions: string[]): void;
  /** Tells of those that ended with the sidecar before, once; not of what is there again. */
  take(there: string[]): void;
}

const shape = z.object({ at: z.string(), sessions: z.array(z.string()) });

/** The word is a file of the shared volume. */
export function createLastStop(tell: Tell, path = LAST_STOP_PATH): LastStop {
  const ended = (session: string, message: string) => {
    const object = `session/${session}`;
    tell({ type: "Normal", reason: "Ended", object, session, message });
  };
  return {
    leave: (sessions) => {
      for (const name of sessions) ended(name, "its sidecar is being stopped");
      if (sessions.length === 0) return;
      const word = { at: new Date().toISOString(), sessions };
      try {
        writeFileSync(path, JSON.stringify(word), { mode: 0o600 });
      } catch {
        // A full disk keeps no sidecar from ending in order.
      }
    },
    take: (there) => {
      try {
        const { at, sessions } = shape.parse(
          JSON.parse(readFileSync(path, "utf8")),
        );
        const gone = sessions.filter((name) => !there.includes(name));
        for (const name of gone)
          ended(name, `it ended when its sidecar was stopped, at ${at}`);
      } catch {
        // There is none, or none that can be read.
      }
      rmSync(path, { force: true });
    },
  };
}
