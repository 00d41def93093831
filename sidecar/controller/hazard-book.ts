import type { Logger } from "pino";
import type { Engine } from "../../docker/engine/engine.js";
import { hazardsOf, type Hazard } from "./hazards.js";
import { commandOf, readScripts } from "./scripts.js";
import type { DesiredSession, TargetView } from "./world.js";

/** What is risky in a second instance of each session's target, as far as its files tell. */
export interface HazardBook {
  /** What is known now; undefined while it is being read, which is begun here. */
  of(session: DesiredSession, target: TargetView): Hazard[] | undefined;
  read(session: DesiredSession, target: TargetView): Promise<Hazard[]>;
  forget(session: string): void;
}

interface Page {
  key: string;
  hazards: Hazard[] | undefined;
  reading: Promise<Hazard[]>;
}

/** Reads once for each start of a target; `look` is called when something was read. */
export function createHazardBook(
  engine: Pick<Engine, "readArchive">,
  look: () => void,
  log: Pick<Logger, "warn">,
): HazardBook {
  const pages = new Map<string, Page>();

  const open = (session: DesiredSession, target: TargetView): Page => {
    const container = target.problem ? undefined : target.containers[0];
    const key = container
      ? `${container.inspect.Id} ${container.inspect.State.StartedAt}`
      : "";
    const known = pages.get(session.name);
    if (known?.key === key) return known;
    const read = async () => {
      if (!container) return [];
      const words = commandOf(container.inspect, session.spec);
      return hazardsOf(
        words,
        await readScripts(engine, container.inspect, words),
      );
    };
    const page: Page = { key, hazards: undefined, reading: read() };
    return page;
  };

  return {
    of: (session, target) => {
      const page = open(session, target);
      if (pages.get(session.name) === page) return page.hazards;
      pages.set(session.name, page);
      void page.reading
        .catch(() => [])
        .then((hazards) => {
          page.hazards = hazards;
          for (const { message } of hazards) {
            log.warn(`session ${session.name}: ${message}`);
          }
          look();
        });
      return undefined;
    },
    read: (session, target) => open(session, target).reading,
    forget: (session) => pages.delete(session),
  };
}
