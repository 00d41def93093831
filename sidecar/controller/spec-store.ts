import { z } from "zod";
import {
  changedFields,
  Labels,
  replacing,
  SessionSpec,
  SPECS_PATH,
} from "../schema/index.js";
import { sessionFiles, type SessionFiles } from "../session-files.js";

const Stored = z.object({
  created: z.string(),
  spec: SessionSpec,
  labels: Labels.optional(),
});

/** What of a session can be changed. */
export interface Wanted {
  spec: SessionSpec;
  /** What the user labelled it with. */
  labels?: Labels | undefined;
}

/**
 * Specs that have changed since the session's replica was made, and its label
 * with it; see docs/decisions/0010-a-changed-spec.md.
 */
export interface SpecStore extends Pick<
  SessionFiles<unknown>,
  "remove" | "keep"
> {
  /** The spec and the labels in force: the one given, unless it was changed since. */
  read(session: string, created: string, given: Wanted): Wanted;
  write(session: string, created: string, wanted: Wanted): void;
}

/** The specs, in files of the shared volume. */
export function createSpecStore(folder = SPECS_PATH): SpecStore {
  const files = sessionFiles(folder, Stored);
  return {
    read: (session, created, { spec, labels }) => {
      const stored = files.read(session);
      // One of a former session of this name, or for another replica.
      const fits =
        stored?.created === created &&
        replacing(changedFields(spec, stored.spec)).length === 0;
      return fits
        ? { spec: stored.spec, labels: stored.labels }
        : { spec, labels };
    },
    write: (session, created, { spec, labels }) =>
      files.write(session, { created, spec, labels }),
    remove: (session) => files.remove(session),
    keep: (sessions) => files.keep(sessions),
  };
}
