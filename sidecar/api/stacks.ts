import { noKit } from "../errors.js";
import type { KitLinks } from "../links/kits.js";
import { API_VERSION, type Session, type Stacks } from "../schema/index.js";
import type { Pauses } from "../terminals/pauses.js";

/** The stacks of a session's replica; its pauses by the names that users know. */
export async function readStacks(
  session: Session,
  kits: Pick<KitLinks, "stacks">,
  pauses: Pick<Pauses, "list">,
): Promise<Stacks> {
  const { name } = session.metadata;
  const processes = await kits.stacks(name);
  if (processes.length === 0) throw noKit(name);
  const names = new Map(
    pauses.list(name).map((entry) => [entry.message.id, entry.name]),
  );
  return {
    apiVersion: API_VERSION,
    kind: "Stacks",
    metadata: { name, creationTimestamp: new Date().toISOString() },
    status: {
      processes: processes.map((process) => ({
        ...process,
        threads: process.threads.map(({ pause, ...thread }) => {
          const named = pause && names.get(pause);
          return named ? { ...thread, pause: named } : thread;
        }),
      })),
    },
  };
}
