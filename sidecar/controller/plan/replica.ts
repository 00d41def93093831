import { SITE_PACKAGES } from "../../../docker/engine/labels.js";
import { replicaFromInspect } from "../../../docker/engine/replica.js";
import { debuggerKeys } from "../../links/debugger-keys.js";
import { describeExit } from "../exit.js";
import type { Operation } from "../operation.js";
import { lacksKit, mayTakeFile, upstreamHost } from "../routes.js";
import {
  interceptorOf,
  replicaOf,
  type DesiredSession,
  type TargetContainer,
  type TargetView,
  type World,
} from "../world.js";
import { isTooEarly, nameOf, remove } from "./parts.js";

/** Why Python's own folders get a file. */
const BY_FILE = "the app starts Python without its environment";

export function replica(
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
    labels: session.labels,
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
  // Ended by what was typed at a prompt or while nobody looked, not by itself.
  if (
    have.inspect.State.Status === "exited" &&
    world.crashed[have.inspect.Id]
  ) {
    const how = describeExit(have.inspect.State);
    return [remove(have, `it ended, and is wanted (${how})`)];
  }
  return [];
}

/** Problems of a target with which its replica has nothing to do any more. */
const OVER = new Map([
  ["TargetNotFound", "is gone"],
  ["TargetIsProduction", "says that it is production"],
]);

/** The target is gone, or may not be debugged: a replica would hold its networks for nothing. */
export function abandoned(world: World, session: DesiredSession): Operation[] {
  const have = replicaOf(world, session.name);
  const problem = world.targets[session.name]?.problem;
  const why = OVER.get(problem?.code ?? "");
  if (!have || !why) return [];
  return [remove(have, `the target of session ${session.name} ${why}`)];
}

/** A replica that serves without the kit: how can a file load it? */
export function kitByFile(world: World, session: DesiredSession): Operation[] {
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
export function probes(
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
