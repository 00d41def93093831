import { text } from "node:stream/consumers";
import type { Engine } from "../../docker/engine/engine.js";
import { probeSpec } from "../../docker/engine/interceptor.js";
import type { ListeningPorts } from "./target.js";
import type { Self } from "./world.js";

const LISTEN = "0A";
const LOOPBACK_V4 = /^......7F$/;
const LOOPBACK_V6 = "00000000000000000000000001000000";

/**
 * Finds listening ports by a short-lived container of ours in the target's
 * network namespace, so that nothing is run in the target itself. Remembers
 * what it found for each container, for as long as that is running.
 */
export function listeningPorts(engine: Engine, self: Self): ListeningPorts {
  const known = new Map<string, number[]>();
  const looking = new Map<string, Promise<number[]>>();
  const look: ListeningPorts = async ({ inspect, owner }) => {
    const spec = probeSpec(inspect, {
      namespace: owner.Id,
      image: self.image,
      volume: self.volume,
      project: self.project,
    });
    await engine.remove(spec.name);
    const id = await engine.create(spec);
    try {
      await engine.start(id);
      await engine.wait(id);
      return parseProcNet(await text(await engine.logs(id, false, {})));
    } finally {
      await engine.remove(id);
    }
  };
  return async (container) => {
    const { Id, State } = container.inspect;
    const key = `${Id} ${State.StartedAt}`;
    const before = known.get(key);
    if (before) return before;
    // Two at once would take each other's container for their own.
    const mine = looking.get(key) ?? look(container);
    looking.set(key, mine);
    try {
      const ports = await mine;
      // An app that is still starting listens on nothing: ask again later.
      if (ports.length > 0) known.set(key, ports);
      return ports;
    } finally {
      looking.delete(key);
    }
  };
}

/**
 * The listening ports of `/proc/net/tcp` and `tcp6`, without those that only
 * the container itself can reach (loopback; Docker's own DNS among them).
 */
export function parseProcNet(table: string): number[] {
  const ports = new Set<number>();
  for (const line of table.split("\n")) {
    const [, local, , state] = line.trim().split(/\s+/);
    if (state !== LISTEN || !local) continue;
    const [address = "", port = ""] = local.split(":");
    if (LOOPBACK_V4.test(address) || address === LOOPBACK_V6) continue;
    ports.add(Number.parseInt(port, 16));
  }
  return [...ports].sort((a, b) => a - b);
}
