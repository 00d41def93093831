import { z } from "zod";
import { BREAKPOINTS_PATH, BreakpointSpec } from "../schema/index.js";
import { sessionFiles, type SessionFiles } from "../session-files.js";
import type { SessionList } from "./entry.js";

const Stored = z.object({
  created: z.string(),
  next: z.int().min(1),
  entries: z.array(
    z.object({ name: z.string(), created: z.string(), spec: BreakpointSpec }),
  ),
});

/** The sessions' lists of breakpoints. */
export type Store = SessionFiles<SessionList>;

/** The lists, in files of the shared volume. */
export const createStore = (folder = BREAKPOINTS_PATH): Store =>
  sessionFiles(folder, Stored);
