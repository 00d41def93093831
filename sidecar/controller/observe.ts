import type { Engine, Summary } from "../../docker/engine/engine.js";
import * as label from "../../docker/engine/labels.js";
import type { Breakpoints } from "../breakpoints/breakpoints.js";
import type { InterceptorLinks } from "../links/interceptors.js";
import type { KitLinks } from "../links/kits.js";
import type { Pauses } from "../terminals/pauses.js";
import type { Canaries } from "./canaries.js";
import { withConflicts } from "./conflict.js";
import type { EndingStore } from "./ending-store.js";
import type { SpecStore } from "./spec-store.js";
import { resolveTarget, type ListeningPorts } from "./target.js";
import type {
  DesiredSession,
  OurContainer,
  Self,
  TargetView,
  World,
} from "./world.js";

/** So many containers are asked for at once: whoever asks us meanwhile gets an answer in between. */
const AT_ONCE = 10;

/** Where the world is looked at. */
export interface Eyes {
  engine: Engine;
  self: Self;
  listening: ListeningPorts;
  interceptors: InterceptorLinks;
  kits: KitLinks;
  pauses: Pauses;
  breakpoints: Breakpoints;
  canaries: Canaries;
  specs: SpecStore;
  endings: EndingStore;
}

/** What the controller itself remembers between two looks. */
export interface Memory {
  stopping: boolean;
  sessions: DesiredSession[];
  accepting: Record<string, number>;
  crashed: Record<string, true>;
  sitePackages: Record<string, string[]>;
  notBefore: Record<string, number>;
}

/** Reads the Engine and the links. Changes nothing. */
export async function observe(eyes: Eyes, memory: Memory): Promise<World> {
  const engine = inspectingOnce(eyes.engine);
  const all = await engine.list();
  const [ours, found] = await Promise.all([
    inspectOurs({ engine, self: eyes.self }, all),
    inspectTargets({ ...eyes, engine }, all, memory.sessions),
  ]);
  const names = memory.sessions.map((session) => session.name);
  return {
    now: Date.now(),
    self: eyes.self,
    ...memory,
    sessions: [...memory.sessions],
    targets: withConflicts(memory.sessions, found),
    ours,
    interceptors: defined(
      ours.map((c) => [c.name, eyes.interceptors.get(c.name)]),
    ),
    proofs: eyes.canaries.proofs(),
    kits: defined(names.map((name) => [name, eyes.kits.get(name)])),
    pauses: defined(names.map((name) => [name, eyes.pauses.list(name).length])),
    pausedRequests: defined(
      names.map((name) => [name, eyes.pauses.requestsAtPrompt(name)]),
    ),
  };
}

/** The same Engine for one look: many sessions of one target ask for it once. */
function inspectingOnce(engine: Engine): Engine {
  const asked = new Map<string, ReturnType<Engine["inspect"]>>();
  return {
    ...engine,
    inspect: (id) => {
      const answer = asked.get(id) ?? engine.inspect(id);
      asked.set(id, answer);
      return answer;
    },
  };
}

/** What carries our volume's name: created by this sidecar or its predecessor. */
export async function inspectOurs(
  eyes: Pick<Eyes, "engine" | "self">,
  all: Summary[],
): Promise<OurContainer[]> {
  const rows = all.filter(
    (row) =>
      row.labels[label.OWNER] === eyes.self.volume && row.id !== eyes.self.id,
  );
  const found: OurContainer[] = [];
  for (let at = 0; at < rows.length; at += AT_ONCE) {
    const some = rows.slice(at, at + AT_ONCE).map(async (row) => {
      const inspect = await eyes.engine.inspect(row.id);
      if (!inspect) return [];
      const { name, labels } = row;
      const role = labels[label.ROLE] as OurContainer["role"];
      return [{ name, role, labels, inspect }];
    });
    found.push(...(await Promise.all(some)).flat());
  }
  return found;
}

async function inspectTargets(
  eyes: Eyes,
  all: Summary[],
  sessions: DesiredSession[],
): Promise<Record<string, TargetView>> {
  const views = sessions.map(async (session): Promise<[string, TargetView]> => [
    session.name,
    await resolveTarget(
      eyes.engine,
      eyes.self,
      all,
      session.spec,
      eyes.listening,
    ),
  ]);
  return Object.fromEntries(await Promise.all(views));
}

function defined<T>(entries: [string, T | undefined][]): Record<string, T> {
  return Object.fromEntries(
    entries.filter((entry): entry is [string, T] => entry[1] !== undefined),
  );
}
