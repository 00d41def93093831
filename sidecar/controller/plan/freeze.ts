import type { Operation } from "../operation.js";
import { routesFor } from "../routes.js";
import type { DesiredSession, TargetContainer, World } from "../world.js";
import { nameOf } from "./parts.js";

/** `original: pause`: frozen once its requests go to the replica. */
export function freezes(
  world: World,
  session: DesiredSession,
  containers: TargetContainer[],
): Operation[] {
  if (session.spec.original !== "pause") return [];
  return containers
    .filter((c) => mustBeFrozen(world, c.inspect.Id))
    .filter((c) => !c.inspect.State.Paused)
    .map((c) => ({
      kind: "freeze",
      id: c.inspect.Id,
      name: nameOf(c),
      lane: `freeze ${c.inspect.Id}`,
      cause: `session ${session.name} says original: pause`,
    }));
}

/**
 * Whatever a session of ours froze is thawed as soon as no session needs it.
 * Which those are is read from the replicas' labels: Docker is the only store.
 */
export function thaws(world: World): Operation[] {
  return world.sessions.flatMap((session) => {
    const target = world.targets[session.name];
    if (session.spec.original !== "pause" || !target || target.problem)
      return [];
    return target.containers
      .filter(
        (c) => c.inspect.State.Paused && !mustBeFrozen(world, c.inspect.Id),
      )
      .map((c) => ({
        kind: "thaw" as const,
        id: c.inspect.Id,
        name: nameOf(c),
        lane: `freeze ${c.inspect.Id}`,
        cause: `session ${session.name} no longer serves in its place`,
      }));
  });
}

/** Only while some session's replica serves in its place. */
function mustBeFrozen(world: World, id: string): boolean {
  return world.sessions.some((session) => {
    const target = world.targets[session.name];
    if (session.spec.original !== "pause" || !target || target.problem)
      return false;
    const container = target.containers.find((c) => c.inspect.Id === id);
    return (
      container !== undefined &&
      routesFor(world, container, target.port).some(
        (route) => route.session === session.name,
      )
    );
  });
}
