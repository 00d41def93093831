import type { Engine } from "../../docker/engine/engine.js";
import { endInterceptor } from "../../docker/engine/end-interceptor.js";
import type { InterceptorLinks } from "../links/interceptors.js";
import type { KitLinks } from "../links/kits.js";
import type { Pauses } from "../terminals/pauses.js";
import type { Canaries } from "./canaries.js";
import type { Operation } from "./operation.js";
import { findSitePackages, putKit } from "./kit-by-file.js";
import { copySecrets } from "./secrets.js";

/** What operations act on. */
export interface Hands {
  engine: Engine;
  interceptors: InterceptorLinks;
  kits: KitLinks;
  pauses: Pauses;
  canaries: Canaries;
  /** A replica's port was seen to accept a connection. */
  accepted(replica: string): void;
  /** Where a file can load the kit in a session's replica. */
  foundSitePackages(session: string, folders: string[]): void;
  /** A session is over. */
  forget(session: string): void;
}

/** An operation that failed, and why. */
export interface Failure {
  operation: Operation;
  error: Error;
}

/**
 * Carries a plan out: lanes side by side, each lane in order, and no further
 * after its first failure. Decides nothing.
 */
export async function execute(
  operations: Operation[],
  hands: Hands,
): Promise<Failure[]> {
  const lanes = byLane(operations);
  const failures = [...lanes.values()].map(async (lane) => {
    for (const operation of lane) {
      try {
        await perform(operation, hands);
      } catch (error) {
        return { operation, error: error as Error };
      }
    }
    return undefined;
  });
  return (await Promise.all(failures)).filter((f) => f !== undefined);
}

function byLane(operations: Operation[]): Map<string, Operation[]> {
  const lanes = new Map<string, Operation[]>();
  for (const operation of operations) {
    lanes.set(operation.lane, [
      ...(lanes.get(operation.lane) ?? []),
      operation,
    ]);
  }
  return lanes;
}

async function perform(op: Operation, hands: Hands): Promise<void> {
  const { engine, interceptors } = hands;
  switch (op.kind) {
    case "create": {
      await expect(op, hands);
      await engine.create(op.spec);
      return;
    }
    case "connect":
      return engine.connect(op.network, op.name, op.endpoint);
    case "copy-secrets":
      return copySecrets(engine, op.from, op.name);
    case "find-site-packages": {
      const found = await findSitePackages(engine, op.name, op.path);
      return hands.foundSitePackages(op.session, found);
    }
    case "put-kit":
      return putKit(engine, op.name, op.folders, op.env);
    case "start":
      return engine.start(op.name);
    case "remove":
      if (op.role === "interceptor") {
        interceptors.forget(op.name);
        return endInterceptor(engine, op.id, op.forGood ?? false);
      }
      return engine.remove(op.id);
    case "table": {
      const { version, routes } = op;
      return interceptors.send(op.interceptor, {
        type: "table",
        table: { version, routes },
      });
    }
    case "drain":
      return interceptors.send(op.interceptor, { type: "drain" });
    case "probe":
      if (await interceptors.probe(op.interceptor, op.host, op.port)) {
        hands.accepted(op.replica);
      }
      return;
    case "canary":
      return hands.canaries.send(op);
    case "release-pauses":
      for (const pause of hands.pauses.list(op.session)) {
        hands.pauses.release(pause.name);
      }
      return;
    case "freeze":
      return engine.pause(op.id);
    case "thaw":
      return engine.unpause(op.id);
    case "forget":
      return hands.forget(op.session);
  }
}

/** Opens the door before the guest is made: it dials as soon as it runs. */
async function expect(
  op: Extract<Operation, { kind: "create" }>,
  hands: Hands,
): Promise<void> {
  if (op.token === undefined) return;
  if (op.role === "interceptor") {
    hands.interceptors.expect(op.spec.name, op.token);
  }
  if (op.role === "replica") {
    const labels = op.spec.body["Labels"] as Record<string, string>;
    const session = labels["sidestep.session"] ?? "";
    hands.kits.forget(session);
    await hands.kits.expect(session, op.token);
  }
}
