import { interceptorSpec } from "../../../docker/engine/interceptor.js";
import type { Operation } from "../operation.js";
import { routesFor } from "../routes.js";
import {
  interceptorOf,
  type DesiredSession,
  type OurContainer,
  type TargetContainer,
  type World,
} from "../world.js";
import { containerOf, isTooEarly, nameOf, remove } from "./parts.js";

/** After this the connections that are left are cut. */
const DRAIN_MS = 30_000;

/** An interceptor that has lost its sidecar finds the next one sooner than this. */
const DIAL_MS = 3_000;

/** The sidecar itself is ending, and `docker compose down` gives it 30 s: they must do for all. */
const DRAIN_STOPPING_MS = 18_000;

/** What an interceptor may take longer than that to say so. */
const DRAIN_GRACE_MS = 5_000;

/** The launcher's exit codes that another try would not change. */
export const HOPELESS = new Map([
  [69, "TakeoverUnsupported"],
  [77, "TakeoverForbidden"],
]);

/** Whether a session is the first of those that share an interceptor: made twice, it would be let in by the second's token only. */
export function isFirst(
  world: World,
  session: DesiredSession,
  container: TargetContainer,
  port: number,
): boolean {
  const sharing = world.sessions.find(({ name, deleting }) => {
    const target = world.targets[name];
    return (
      deleting === undefined &&
      target?.problem === undefined &&
      target?.port === port &&
      target.containers.some((c) => c.inspect.Id === container.inspect.Id)
    );
  });
  return sharing === session;
}

export function interceptor(
  world: World,
  session: DesiredSession,
  container: TargetContainer,
  port: number,
  newToken: () => string,
): Operation[] {
  const token = newToken();
  const want = interceptorSpec(container.inspect, {
    namespace: container.owner.Id,
    port,
    token,
    image: world.self.image,
    volume: world.self.volume,
    project: world.self.project,
    ...(!world.self.plane && { plane: false }),
  });
  const lane = want.name;
  const cause = `session ${session.name} reroutes port ${port} of ${nameOf(container)}`;
  const have = interceptorOf(world, container.inspect.Id, port);
  if (!have) {
    if (isTooEarly(world, want.name)) return [];
    return [
      { kind: "create", role: "interceptor", spec: want, token, lane, cause },
      { kind: "start", name: want.name, lane, cause },
    ];
  }
  if (have.labels["sidestep.hash"] !== want.hash) {
    return [remove(have, "it was made for another state of the target")];
  }
  const { Status, ExitCode, StartedAt } = have.inspect.State;
  const link = world.interceptors[have.name];
  // It was being withdrawn for a former session: let it finish, then anew.
  if (link?.draining !== undefined) {
    return link.drained ? [remove(have, "it was drained")] : [];
  }
  // It joined a namespace that has since been replaced by the owner's restart.
  if (Status === "running" && StartedAt < container.owner.State.StartedAt) {
    return [remove(have, `${nameOf(container)} was restarted`)];
  }
  if (Status === "created")
    return [{ kind: "start", name: have.name, lane, cause }];
  if (Status === "exited" && !HOPELESS.has(ExitCode)) {
    return [remove(have, `it ended with exit code ${ExitCode}`)];
  }
  return [];
}

/** Gives every connected interceptor the table that it should have. */
export function tables(world: World): Operation[] {
  return world.ours
    .filter((c) => c.role === "interceptor")
    .flatMap((c) => {
      const link = world.interceptors[c.name];
      if (!link) return [];
      const container = containerOf(world, c.labels["sidestep.target"]);
      const port = Number(c.labels["sidestep.port"]);
      const routes = container ? routesFor(world, container, port) : [];
      const sent = link.sent?.routes;
      if (sent && JSON.stringify(sent) === JSON.stringify(routes)) return [];
      return [
        {
          kind: "table" as const,
          interceptor: c.name,
          version: (link.sent?.version ?? 0) + 1,
          routes,
          lane: c.name,
          cause: sent ? "the routes have changed" : "it has dialled home",
        },
      ];
    });
}

/** Whether some session that is not ending reroutes this port. */
export function isNeeded(world: World, c: OurContainer): boolean {
  return world.sessions.some((session) => {
    const target = world.targets[session.name];
    if (session.deleting !== undefined || !target || target.problem)
      return false;
    return (
      String(target.port) === c.labels["sidestep.port"] &&
      target.containers.some(
        (t) => t.inspect.Id === c.labels["sidestep.target"],
      )
    );
  });
}

export const drainMs = (world: World): number =>
  world.stopping ? DRAIN_STOPPING_MS : DRAIN_MS;

/**
 * Whether an interceptor may still dial home: a sidecar that has just begun goes on with
 * the end of a session, and must first hear what is in hand.
 */
export const mayDial = (world: World, c: OurContainer): boolean =>
  c.role === "interceptor" &&
  c.inspect.State.Running &&
  world.interceptors[c.name] === undefined &&
  !world.stopping &&
  world.sessions.some(
    ({ deleting }) => deleting !== undefined && world.now - deleting < DIAL_MS,
  );

/** Drains an interceptor, then removes it; at once where nothing can be drained. */
export function withdraw(world: World, c: OurContainer): Operation[] {
  const cause = "no session reroutes this port any more";
  const link = world.interceptors[c.name];
  const owner = c.labels["sidestep.target"];
  const alive = containerOf(world, owner) !== undefined;
  if (alive && mayDial(world, c)) return [];
  if (!link || link.drained || !c.inspect.State.Running || !alive) {
    return [remove(c, cause, true)];
  }
  if (link.draining !== undefined) {
    // One that hangs would never say that it is drained.
    const grace = world.stopping ? 0 : DRAIN_GRACE_MS;
    const late = world.now - link.draining > drainMs(world) + grace;
    return late ? [remove(c, `${cause}, and it does not drain`, true)] : [];
  }
  return [{ kind: "drain", interceptor: c.name, lane: c.name, cause }];
}
