import { guardSpec } from "../../docker/engine/guard.js";
import { interceptorSpec } from "../../docker/engine/interceptor.js";
import { replicaFromInspect } from "../../docker/engine/replica.js";
import { describeExit } from "./exit.js";
import { debuggerKeys } from "../links/debugger-keys.js";
import type { Operation } from "./operation.js";
import { SITE_PACKAGES } from "../../docker/engine/labels.js";
import { lacksKit, mayTakeFile, routesFor, upstreamHost } from "./routes.js";
import {
  interceptorOf,
  replicaOf,
  type DesiredSession,
  type OurContainer,
  type TargetContainer,
  type TargetView,
  type World,
} from "./world.js";

/** After this the connections that are left are cut. */
const DRAIN_MS = 30_000;
/** What an interceptor may take longer than that to say so. */
const DRAIN_GRACE_MS = 5_000;
/** Why Python's own folders get a file. */
const BY_FILE = "the app starts Python without its environment";
/** The launcher's exit codes that another try would not change. */
export const HOPELESS = new Map([
  [69, "TakeoverUnsupported"],
  [77, "TakeoverForbidden"],
]);

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
    ...target.containers.flatMap((container) =>
      interceptor(world, session, container, target.port, newToken),
    ),
    ...probes(world, session, target.containers, target.port),
    ...kitByFile(world, session),
    ...freezes(world, session, target.containers),
  ];
}

/** The target is gone for good: a replica would hold its networks for nothing. */
function abandoned(world: World, session: DesiredSession): Operation[] {
  const have = replicaOf(world, session.name);
  const problem = world.targets[session.name]?.problem;
  if (!have || problem?.code !== "TargetNotFound") return [];
  return [remove(have, `the target of session ${session.name} is gone`)];
}

function replica(
  world: World,
  session: DesiredSession,
  target: Extract<TargetView, { port: number }>,
): Operation[] {
  const first = target.containers[0];
  if (!first) return [];
  const token = session.secret;
  const have = replicaOf(world, session.name);
  const sitePackages =
    have?.labels[SITE_PACKAGES]?.split(":") ??
    // An app that was only slow to load the kit is left as it is.
    (have && world.kits[session.name]
      ? undefined
      : world.sitePackages[session.name]) ??
    [];
  const want = replicaFromInspect(first.inspect, {
    session: session.name,
    created: session.created,
    spec: session.spec,
    port: target.port,
    token,
    debugger: debuggerKeys(session.spec, session.secret),
    volume: world.self.volume,
    project: world.self.project,
    networksOf: first.owner,
    sitePackages,
  });
  const lane = want.name;
  const wanted = `session ${session.name} debugs ${nameOf(first)}`;
  const connect = (name: string, have: object): Operation[] =>
    want.connect
      .filter(({ network }) => !(network in have))
      .map(({ network, endpoint }) => ({
        kind: "connect",
        name,
        network,
        endpoint,
        lane,
        cause: `${nameOf(first)} is on it`,
      }));
  const start = (name: string): Operation[] => [
    {
      kind: "copy-secrets",
      name,
      from: first.inspect.Id,
      lane,
      cause: "compose copies them in after creation",
    },
    ...(sitePackages.length > 0
      ? [
          {
            kind: "put-kit" as const,
            name,
            folders: sitePackages,
            env: want.body["Env"] as string[],
            lane,
            cause: BY_FILE,
          },
        ]
      : []),
    { kind: "start", name, lane, cause: wanted },
  ];
  if (!have) {
    if (isTooEarly(world, want.name)) return [];
    return [
      {
        kind: "create",
        role: "replica",
        spec: want,
        token,
        lane,
        cause: wanted,
      },
      ...connect(want.name, {}),
      ...start(want.name),
    ];
  }
  if (have.labels["sidestep.hash"] !== want.hash) {
    const byFile = sitePackages.length > 0 && !(SITE_PACKAGES in have.labels);
    return [remove(have, byFile ? BY_FILE : `${nameOf(first)} has changed`)];
  }
  if (have.inspect.State.Status === "created") {
    return [
      ...connect(have.name, have.inspect.NetworkSettings.Networks ?? {}),
      ...start(have.name),
    ];
  }
  // Ended by what was typed at a prompt, not by itself or by somebody else.
  if (
    have.inspect.State.Status === "exited" &&
    world.crashed[have.inspect.Id]
  ) {
    const how = describeExit(have.inspect.State);
    return [remove(have, `it ended while it was paused (${how})`)];
  }
  return [];
}

function interceptor(
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

/** A replica that serves without the kit: how can a file load it? */
function kitByFile(world: World, session: DesiredSession): Operation[] {
  const have = replicaOf(world, session.name);
  if (!have || !lacksKit(world, session) || !mayTakeFile(world, session)) {
    return [];
  }
  if (world.sitePackages[session.name] !== undefined) return [];
  const path = (have.inspect.Config.Env ?? [])
    .find((entry) => entry.startsWith("PATH="))
    ?.slice("PATH=".length);
  return [
    {
      kind: "find-site-packages",
      session: session.name,
      name: have.name,
      path: path ?? "",
      lane: have.name,
      cause: BY_FILE,
    },
  ];
}

/** Asks an interceptor whether the replica's port accepts connections yet. */
function probes(
  world: World,
  session: DesiredSession,
  containers: TargetContainer[],
  port: number,
): Operation[] {
  const have = replicaOf(world, session.name);
  if (!have?.inspect.State.Running || world.accepting[have.inspect.Id])
    return [];
  for (const container of containers) {
    const via = interceptorOf(world, container.inspect.Id, port);
    const host = upstreamHost(have.inspect, container);
    if (!via || !world.interceptors[via.name] || !host) continue;
    return [
      {
        kind: "probe",
        replica: have.inspect.Id,
        interceptor: via.name,
        host,
        port,
        lane: `probe ${have.name}`,
        cause: "is the app up?",
      },
    ];
  }
  return [];
}

/** `original: pause`: frozen once its requests go to the replica. */
function freezes(
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
function thaws(world: World): Operation[] {
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

/** Gives every connected interceptor the table that it should have. */
function tables(world: World): Operation[] {
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

/** A session that ends: pauses go on, connections are drained, all is removed. */
function takeBack(world: World, session: DesiredSession): Operation[] {
  const cause = `session ${session.name} ends`;
  const have = replicaOf(world, session.name);
  const links = world.ours
    .filter((c) => c.role === "interceptor")
    .map((c) => world.interceptors[c.name])
    .filter((link) => link !== undefined);
  const busy = links.some(
    (link) =>
      link.applied < (link.sent?.version ?? 0) ||
      link.sent?.routes.some((r) => r.session === session.name) ||
      (link.inflight[session.name] ?? 0) > 0,
  );
  const late = world.now - (session.deleting ?? 0) >= DRAIN_MS;
  const released: Operation[] =
    (world.pauses[session.name] ?? 0) > 0
      ? [{ kind: "release-pauses", session: session.name, lane: cause, cause }]
      : [];
  if (have) {
    return busy && !late ? released : [...released, remove(have, cause)];
  }
  const mine = world.ours.some(
    (c) => c.role === "interceptor" && !isNeeded(world, c),
  );
  return mine && !late
    ? released
    : [{ kind: "forget", session: session.name, lane: cause, cause }];
}

/** What is ours and nobody's: interceptors of no session, replicas of none. */
function strays(world: World): Operation[] {
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
      case "probe":
        return c.inspect.State.Running ? [] : [remove(c, "it has looked")];
      default:
        return [];
    }
  });
}

/** Drains an interceptor, then removes it; at once where nothing can be drained. */
function withdraw(world: World, c: OurContainer): Operation[] {
  const cause = "no session reroutes this port any more";
  const link = world.interceptors[c.name];
  const owner = c.labels["sidestep.target"];
  const alive = containerOf(world, owner) !== undefined;
  if (!link || link.drained || !c.inspect.State.Running || !alive) {
    return [remove(c, cause)];
  }
  if (link.draining !== undefined) {
    // One that hangs would never say that it is drained.
    const late = world.now - link.draining > DRAIN_MS + DRAIN_GRACE_MS;
    return late ? [remove(c, `${cause}, and it does not drain`)] : [];
  }
  return [{ kind: "drain", interceptor: c.name, lane: c.name, cause }];
}

/** Whether some session that is not ending reroutes this port. */
function isNeeded(world: World, c: OurContainer): boolean {
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

/**
 * The guard watches the sidecar while there are sessions, and after its end:
 * it takes back what a dead sidecar cannot, and the volume that a living one
 * uses itself.
 */
function guard(world: World): Operation[] {
  const want = guardSpec(world.self);
  const have = world.ours.find((c) => c.role === "guard");
  const lane = want.name;
  const needed = world.sessions.length > 0 || world.stopping;
  if (!have) {
    const cause = "something must put things back if the sidecar dies";
    return needed
      ? [
          { kind: "create", role: "guard", spec: want, lane, cause },
          { kind: "start", name: want.name, lane, cause },
        ]
      : [];
  }
  if (!needed) return [remove(have, "there is no session to guard")];
  if (have.labels["sidestep.hash"] !== want.hash) {
    return [remove(have, "it guards another sidecar")];
  }
  if (!["created", "running"].includes(have.inspect.State.Status)) {
    return [remove(have, "it has ended")];
  }
  return have.inspect.State.Status === "created"
    ? [{ kind: "start", name: have.name, lane, cause: "it was not started" }]
    : [];
}

function containerOf(
  world: World,
  id: string | undefined,
): TargetContainer | undefined {
  for (const target of Object.values(world.targets)) {
    if (target.problem) continue;
    const found = target.containers.find((c) => c.inspect.Id === id);
    if (found) return found;
  }
  return undefined;
}

function remove(c: OurContainer, cause: string): Operation {
  return {
    kind: "remove",
    name: c.name,
    id: c.inspect.Id,
    role: c.role,
    lane: c.name,
    cause,
  };
}

const isTooEarly = (world: World, name: string): boolean =>
  (world.notBefore[name] ?? 0) > world.now;

const nameOf = (container: TargetContainer): string =>
  container.inspect.Name.replace(/^\//, "");
