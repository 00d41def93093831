import type { Tell } from "../events/book.js";
import type { SessionSpec } from "../schema/index.js";
import type { World } from "./world.js";

/** Tells, once for each session, that its target is production and was allowed, and by whom. */
export interface ProductionNews {
  /** Somebody asks for a session. */
  asked(session: string, spec: SessionSpec, by: string | undefined): void;
  look(world: Pick<World, "targets">): void;
  forget(session: string): void;
}

/** Who allowed it may not be the only one who should know. */
export function createProductionNews(tell: Tell): ProductionNews {
  const told = new Set<string>();
  const allowedBy = new Map<string, string>();
  return {
    asked: (session, { allowProduction }, by) => {
      if (by !== undefined && allowProduction !== undefined)
        allowedBy.set(session, by);
    },
    look: ({ targets }) => {
      for (const [session, view] of Object.entries(targets)) {
        const sign = view.problem ? undefined : view.production;
        if (!sign || told.has(session)) continue;
        told.add(session);
        const by = allowedBy.get(session);
        tell({
          type: "Warning",
          reason: "ProductionAllowed",
          object: `session/${session}`,
          session,
          message: `its target says that it is production, and was allowed by name${by ? `, by ${by}` : ""}: ${sign}`,
        });
      }
    },
    forget: (session) => {
      told.delete(session);
      allowedBy.delete(session);
    },
  };
}
