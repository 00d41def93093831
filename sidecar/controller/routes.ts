import type { Inspect } from "../../docker/engine/engine.js";
import { debuggerKeys } from "../links/debugger-keys.js";
import { shareSecret } from "../links/share-secret.js";
import { SITE_PACKAGES } from "../../docker/engine/labels.js";
import { PROBES, type ProbeGlobs, type Route } from "../schema/index.js";
import { milliseconds } from "./duration.js";
import { byPrecedence } from "./precedence.js";
import {
  interceptorOf,
  replicaOf,
  type DesiredSession,
  type TargetContainer,
  type World,
} from "./world.js";

/** A kit whose server gives no sign of being ready is trusted after this. */
const KIT_GRACE_MS = 2_000;
/** A replica that accepts connections, but from which no kit has dialled. */
const NO_KIT_GRACE_MS = 3_000;

/** The table of one container's port, in the order in which its sessions are asked. */
export function routesFor(
  world: World,
  container: TargetContainer,
  port: number,
): Route[] {
  return world.sessions
    .filter((session) => takes(world, session, container, port))
    .sort(byPrecedence)
    .flatMap((session) => route(world, session, container, port) ?? []);
}

/** Whether the app in the replica serves: seen from outside and from inside. */
export function isServing(world: World, session: DesiredSession): boolean {
  const replica = replicaOf(world, session.name);
  if (!replica?.inspect.State.Running) return false;
  const accepting = world.accepting[replica.inspect.Id];
  if (accepting === undefined) return false;
  const kit = world.kits[session.name];
  if (kit?.ready) return true;
  if (kit?.server) return false;
  if (kit) return world.now - kit.since >= KIT_GRACE_MS;
  return (
    world.now - accepting >= NO_KIT_GRACE_MS && !mayTakeFile(world, session)
  );
}

/**
 * Whether a replica that has not loaded the kit by its environment may load it
 * by a file in Python's own folders; a read-only one cannot be given that.
 */
export function mayTakeFile(world: World, session: DesiredSession): boolean {
  const replica = replicaOf(world, session.name);
  if (!replica || SITE_PACKAGES in replica.labels) return false;
  if (replica.inspect.HostConfig["ReadonlyRootfs"] === true) return false;
  return world.sitePackages[session.name]?.length !== 0;
}

/** Whether a replica accepts connections, and no kit has dialled for long enough. */
export function lacksKit(world: World, session: DesiredSession): boolean {
  const replica = replicaOf(world, session.name);
  const accepting = replica && world.accepting[replica.inspect.Id];
  if (!replica?.inspect.State.Running || accepting === undefined) return false;
  return (
    world.kits[session.name] === undefined &&
    world.now - accepting >= NO_KIT_GRACE_MS
  );
}

/** The address of the replica that the interceptor of a container can reach. */
export function upstreamHost(
  replica: Inspect,
  container: TargetContainer,
): string | undefined {
  const shared = container.owner.NetworkSettings.Networks ?? {};
  const own = replica.NetworkSettings.Networks ?? {};
  return Object.keys(own)
    .filter((network) => network in shared)
    .sort()
    .map((n) => own[n]?.IPAddress || own[n]?.GlobalIPv6Address)
    .find(Boolean);
}

/** Whether a session's route is in force at every container of its target. */
export function isRouted(world: World, session: DesiredSession): boolean {
  const target = world.targets[session.name];
  if (!target || target.problem || target.containers.length === 0) return false;
  return target.containers.every((container) => {
    const name = interceptorOf(world, container.inspect.Id, target.port)?.name;
    const link = name === undefined ? undefined : world.interceptors[name];
    return (
      link?.sent !== undefined &&
      link.applied >= link.sent.version &&
      link.sent.routes.some((r) => r.session === session.name)
    );
  });
}

function takes(
  world: World,
  session: DesiredSession,
  container: TargetContainer,
  port: number,
): boolean {
  const target = world.targets[session.name];
  if (session.deleting !== undefined || !target || target.problem) return false;
  return (
    target.port === port &&
    target.containers.some((c) => c.inspect.Id === container.inspect.Id) &&
    isServing(world, session)
  );
}

function route(
  world: World,
  session: DesiredSession,
  container: TargetContainer,
  port: number,
): Route | undefined {
  const replica = replicaOf(world, session.name);
  const host = replica && upstreamHost(replica.inspect, container);
  if (!host) return undefined;
  const { maxWait, cutIdle, whenPaused } = session.spec;
  // With threads a pause holds its own request only.
  const paused =
    session.spec.concurrency === "sync" &&
    (world.pauses[session.name] ?? 0) > 0;
  return {
    session: session.name,
    match: session.spec.match ?? [],
    upstream: { host, port },
    debugger: debuggerKeys(session.spec, session.secret)?.secret,
    share: shareSecret(session.secret),
    paused,
    whenPaused,
    ...(paused && { probes: probes(world, session, container) }),
    ...(maxWait !== undefined && { maxWait: milliseconds(maxWait) }),
    ...(paused &&
      maxWait !== undefined && {
        pausedRequests: world.pausedRequests[session.name] ?? [],
      }),
    ...(cutIdle === false && { cutIdle }),
  };
}

/** What the original answers meanwhile; nothing, where some session has frozen it. */
function probes(
  world: World,
  session: DesiredSession,
  container: TargetContainer,
): ProbeGlobs | undefined {
  const frozen = world.sessions.some((other) => {
    const target = world.targets[other.name];
    return (
      other.spec.original === "pause" &&
      target?.problem === undefined &&
      target?.containers.some((c) => c.inspect.Id === container.inspect.Id)
    );
  });
  if (frozen) return undefined;
  const { paths = [], userAgents = [] } = session.spec.probes ?? {};
  return {
    paths: [...PROBES.paths, ...paths],
    userAgents: [...PROBES.userAgents, ...userAgents],
  };
}
