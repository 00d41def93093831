import type { Operation } from "./operation.js";
import { freezes, thaws } from "./plan/freeze.js";
import { guard } from "./plan/guard.js";
import { interceptor, isFirst, tables } from "./plan/interceptor.js";
import { abandoned, kitByFile, probes, replica } from "./plan/replica.js";
import { strays, takeBack } from "./plan/take-back.js";
import { canaries } from "./prove.js";
import type { DesiredSession, World } from "./world.js";

/**
 * What must be done so that the world becomes as it is desired. Pure but for
 * `newToken`, which makes the secret of what is created.
 */
export function plan(world: World, newToken: () => string): Operation[] {
  return [
    ...guard(world),
    ...thaws(world),
    ...world.sessions.flatMap((session) =>
      session.deleting === undefined
        ? follow(world, session, newToken)
        : takeBack(world, session),
    ),
    ...tables(world),
    ...strays(world),
  ];
}

/** A session that is wanted: its replica, its interceptors, its freeze. */
function follow(
  world: World,
  session: DesiredSession,
  newToken: () => string,
): Operation[] {
  const target = world.targets[session.name];
  if (!target || target.problem) return abandoned(world, session);
  return [
    ...replica(world, session, target),
    ...target.containers
      .filter((container) => isFirst(world, session, container, target.port))
      .flatMap((container) =>
        interceptor(world, session, container, target.port, newToken),
      ),
    ...probes(world, session, target.containers, target.port),
    ...kitByFile(world, session),
    ...canaries(world, session, target.containers, target.port),
    ...freezes(world, session, target.containers),
  ];
}
