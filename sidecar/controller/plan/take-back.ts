import type { Operation } from "../operation.js";
import {
  replicaOf,
  type DesiredSession,
  type OurContainer,
  type World,
} from "../world.js";
import { drainMs, isNeeded, mayDial, withdraw } from "./interceptor.js";
import { remove } from "./parts.js";

/** How old one that is short-lived may be, in ms: who made it removes it, unless that has died. */
const LIFE_MS = { probe: 15_000, canary: 30_000 };

/** A session that ends: pauses go on, connections are drained, all is removed. */
export function takeBack(world: World, session: DesiredSession): Operation[] {
  const cause = `session ${session.name} ends`;
  const have = replicaOf(world, session.name);
  const links = world.ours
    .filter((c) => c.role === "interceptor")
    .map((c) => world.interceptors[c.name])
    .filter((link) => link !== undefined);
  const busy =
    world.ours.some((c) => mayDial(world, c)) ||
    links.some(
      (link) =>
        link.sent === undefined ||
        link.applied < link.sent.version ||
        link.sent.routes.some((r) => r.session === session.name) ||
        (link.inflight[session.name] ?? 0) > 0,
    );
  const late = world.now - (session.deleting ?? 0) >= drainMs(world);
  const released: Operation[] =
    (world.pauses[session.name] ?? 0) > 0
      ? [{ kind: "release-pauses", session: session.name, lane: cause, cause }]
      : [];
  if (have) {
    return busy && !late ? released : [...released, remove(have, cause)];
  }
  const mine = world.ours.some(
    (c) =>
      (c.role === "interceptor" && !isNeeded(world, c)) ||
      (c.role === "toolbox" && c.labels["sidestep.session"] === session.name),
  );
  return mine && !late
    ? released
    : [{ kind: "forget", session: session.name, lane: cause, cause }];
}

/** What is ours and nobody's: interceptors of no session, replicas of none. */
export function strays(world: World): Operation[] {
  return world.ours.flatMap((c): Operation[] => {
    switch (c.role) {
      case "replica":
        return world.sessions.some(
          (s) => s.name === c.labels["sidestep.session"],
        )
          ? []
          : [remove(c, "no session has it")];
      case "interceptor":
        return isNeeded(world, c) ? [] : withdraw(world, c);
      case "toolbox":
        return isUsable(world, c) ? [] : [remove(c, "its replica is gone")];
      case "probe":
      case "canary":
        return world.now - Date.parse(c.inspect.Created) < LIFE_MS[c.role]
          ? []
          : [remove(c, "who made it has left it")];
      default:
        return [];
    }
  });
}

/** Whether a toolbox is in the namespaces of a replica that stays. */
function isUsable(world: World, c: OurContainer): boolean {
  return world.sessions.some(
    (session) =>
      session.name === c.labels["sidestep.session"] &&
      session.deleting === undefined &&
      replicaOf(world, session.name)?.inspect.Id ===
        c.labels["sidestep.target"] &&
      c.inspect.State.Status !== "exited",
  );
}
