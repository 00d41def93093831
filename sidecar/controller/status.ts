import * as label from "../../docker/engine/labels.js";
import { debuggerKeys } from "../links/debugger-keys.js";
import type { Condition, Session, SessionStatus } from "../schema/index.js";
import { describeOld, sumUp } from "./old-connections.js";
import { isRouted, isServing } from "./routes.js";
import type { Hazard } from "./hazards.js";
import { describeExit } from "./exit.js";
import { routeProven } from "./route-proven.js";
import { HOPELESS } from "./plan/interceptor.js";
import { HAZARD, risks } from "./second-instance.js";
import {
  interceptorOf,
  replicaOf,
  type DesiredSession,
  type OurContainer,
  type TargetContainer,
  type World,
} from "./world.js";

/** What cannot be read from the world alone: logs of what failed, last errors. */
export interface Findings {
  /** Last log lines by container name. */
  logs: Record<string, string[]>;
  /** Messages of operations that failed, by lane. */
  failures: Record<string, string>;
  /** What a second instance does once more, by session; absent: not read yet. */
  hazards: Record<string, Hazard[] | undefined>;
  /** How a replica has ended while it was paused, by session. */
  exits: Record<string, string>;
}

type Finding = Omit<Condition, "type" | "lastTransitionTime">;

/** A session as read: what was asked for, and how it stands. Pure. */
export function sessionResource(
  world: World,
  session: DesiredSession,
  findings: Findings,
  before: Condition[],
): Session {
  return {
    apiVersion: "sidestep.dev/v1",
    kind: "Session",
    metadata: {
      name: session.name,
      creationTimestamp: session.created,
      labels: {
        ...session.labels,
        ...(world.self.project && { [label.PROJECT]: world.self.project }),
        [label.TARGET]: session.spec.target,
      },
    },
    spec: session.spec,
    status: status(world, session, findings, before),
  };
}

function status(
  world: World,
  session: DesiredSession,
  findings: Findings,
  before: Condition[],
): SessionStatus {
  const target = world.targets[session.name];
  const containers = target && !target.problem ? target.containers : [];
  const port = target && !target.problem ? target.port : undefined;
  const replica = replicaOf(world, session.name);
  const kit = world.kits[session.name];
  const pauses = world.pauses[session.name] ?? 0;
  const found: Record<string, Finding> = {
    TargetFound: targetFound(world, session, containers, port),
    ReplicaRunning: replicaRunning(session, replica, findings),
    Debuggable: debuggable(world, session, replica),
    SecondInstance: secondInstance(world, session, replica, findings),
    Routed: routed(world, session, containers, port, findings),
    RouteProven: routeProven(world, session, containers, port),
    Paused:
      pauses > 0
        ? yes("Paused", `${pauses} paused: sidestep attach`)
        : no("Running", "nothing is paused"),
  };
  const crash = findings.exits[session.name] ?? kit?.exit;
  if (crash !== undefined) found["Crashed"] = yes("ProcessEnded", crash);
  const old = sumUp(linksOf(world, containers, port).map((link) => link?.old));
  if (old && old.count > 0) {
    found["OldConnections"] = yes("NotRerouted", describeOld(old));
  }
  const failed = [found["ReplicaRunning"], found["Routed"]].some((finding) =>
    FAILED.has(finding?.reason ?? ""),
  );
  found["Ready"] = ready(found);
  return {
    phase: phase(session, found, failed, replica !== undefined),
    conditions: stamp(found, before, world.now),
    targets: containers.map(nameOf),
    port,
    replica: replica && {
      container: replica.name,
      runtime: kit?.runtime,
      server: kit?.server,
    },
    pin: replica && debuggerKeys(session.spec, session.secret)?.pin,
    pauses,
    requests: requests(world, session, containers, port),
    oldConnections: old?.count,
    log: failed
      ? failedLog(world, session, containers, port, findings)
      : undefined,
  };
}

const FAILED = new Set(["Exited", ...HOPELESS.values()]);

function phase(
  session: DesiredSession,
  found: Record<string, Finding>,
  failed: boolean,
  started: boolean,
): SessionStatus["phase"] {
  if (session.deleting !== undefined) return "Restoring";
  if (failed) return "Failed";
  if (found["TargetFound"]?.status !== "True") return "Pending";
  if (found["Paused"]?.status === "True") return "Paused";
  if (found["Ready"]?.status === "True") return "Ready";
  return started ? "Starting" : "Pending";
}

function targetFound(
  world: World,
  session: DesiredSession,
  containers: TargetContainer[],
  port: number | undefined,
): Finding {
  const target = world.targets[session.name];
  if (!target) return wait("Looking", "the target is being looked up");
  const { problem } = target;
  if (problem) {
    return no(
      problem.code,
      [problem.message, problem.hint].filter(Boolean).join(". "),
    );
  }
  return yes("Found", `port ${port} of ${containers.map(nameOf).join(", ")}`);
}

function replicaRunning(
  session: DesiredSession,
  replica: OurContainer | undefined,
  findings: Findings,
): Finding {
  if (!replica) {
    const failure = Object.entries(findings.failures).find(([lane]) =>
      lane.endsWith(`-sidestep-${session.name}`),
    );
    return failure
      ? no("CannotCreate", failure[1])
      : no("NotCreated", "the replica is not created yet");
  }
  const { Status } = replica.inspect.State;
  if (Status === "running") return yes("Running", `container ${replica.name}`);
  if (Status === "created") {
    const failure = findings.failures[replica.name];
    return failure
      ? no("CannotStart", failure)
      : no("Created", "it is being started");
  }
  const why = describeExit(replica.inspect.State);
  return no("Exited", `the replica ended: ${why}; traffic is at the original`);
}

/** Whether the runtime inside is one that the kit can debug. */
function debuggable(
  world: World,
  session: DesiredSession,
  replica: OurContainer | undefined,
): Finding {
  const kit = world.kits[session.name];
  if (kit) {
    const server = kit.server ? `, ${kit.server}` : "";
    const warning = kit.notices
      .filter((n) => n.level === "warning" && !n.reason.startsWith(HAZARD))
      .at(-1);
    return warning
      ? yes(warning.reason, `${kit.runtime}${server}; ${warning.message}`)
      : yes("KitLoaded", `${kit.runtime}${server}`);
  }
  if (replica && isServing(world, session)) {
    return no(
      "KitNotLoaded",
      "the app has not loaded the kit, as far as can be seen, so breakpoint() may not pause: it takes Python 3.8 or later, started without -E, -I, -S and `env -i`; give the session a `command` without these",
    );
  }
  return wait("Starting", "the app is starting");
}

/** What is risky about the app running twice; with nothing to see, that is no promise. */
function secondInstance(
  world: World,
  session: DesiredSession,
  replica: OurContainer | undefined,
  findings: Findings,
): Finding {
  const hazards = findings.hazards[session.name];
  const kit = world.kits[session.name];
  const all = risks(session.spec, hazards ?? [], kit);
  if (all.length > 0) return yes("Risky", all.join("; "));
  const looked = hazards && (kit?.ready || isServing(world, session));
  return replica && looked
    ? no("NothingSeen", "nothing is seen that must not run twice")
    : wait("Looking", "nothing is seen yet that must not run twice");
}

function routed(
  world: World,
  session: DesiredSession,
  containers: TargetContainer[],
  port: number | undefined,
  findings: Findings,
): Finding {
  if (session.deleting !== undefined) {
    return no("Restoring", "requests go to the original again");
  }
  for (const container of containers) {
    const c = interceptorOf(world, container.inspect.Id, port ?? 0);
    const reason = HOPELESS.get(c?.inspect.State.ExitCode ?? 0);
    if (c && reason && c.inspect.State.Status === "exited") {
      return no(reason, launcherSays(findings.logs[c.name]));
    }
    const failure = c && findings.failures[c.name];
    if (failure) return no("CannotReroute", failure);
  }
  if (!isServing(world, session)) {
    return no(
      "AppStarting",
      "the replica does not serve yet; traffic is at the original",
    );
  }
  if (!isRouted(world, session)) {
    return no("Rerouting", "the interceptor is being told");
  }
  const what = session.spec.match
    ? "requests that match go to the replica"
    : "every request goes to the replica";
  return yes("Routed", what);
}

function ready(found: Record<string, Finding>): Finding {
  for (const type of [
    "TargetFound",
    "ReplicaRunning",
    "Routed",
    "RouteProven",
  ]) {
    const finding = found[type];
    if (finding && finding.status !== "True") return finding;
  }
  return yes("Ready", found["Routed"]?.message ?? "");
}

/** The one line that the launcher leaves when it cannot take over. */
function launcherSays(log: string[] | undefined): string {
  for (const line of [...(log ?? [])].reverse()) {
    try {
      const said = JSON.parse(line) as { message?: unknown };
      if (typeof said.message === "string") return said.message;
    } catch {
      continue;
    }
  }
  return "this host's kernel does not allow the takeover";
}

function failedLog(
  world: World,
  session: DesiredSession,
  containers: TargetContainer[],
  port: number | undefined,
  findings: Findings,
): string[] {
  const replica = replicaOf(world, session.name);
  const names = [
    ...(replica && !replica.inspect.State.Running ? [replica.name] : []),
    ...containers
      .map((c) => interceptorOf(world, c.inspect.Id, port ?? 0)?.name)
      .filter((name) => name !== undefined),
  ];
  return names.flatMap((name) => findings.logs[name] ?? []);
}

function requests(
  world: World,
  session: DesiredSession,
  containers: TargetContainer[],
  port: number | undefined,
): { replica: number; original: number } {
  const links = linksOf(world, containers, port);
  const sum = (key: string) =>
    links.reduce((total, link) => total + (link?.requests[key] ?? 0), 0);
  return { replica: sum(session.name), original: sum("original") };
}

function linksOf(
  world: World,
  containers: TargetContainer[],
  port: number | undefined,
) {
  return containers.map((container) => {
    const name = interceptorOf(world, container.inspect.Id, port ?? 0)?.name;
    return name === undefined ? undefined : world.interceptors[name];
  });
}

/** A condition keeps its time for as long as its status stays. */
function stamp(
  found: Record<string, Finding>,
  before: Condition[],
  now: number,
): Condition[] {
  return Object.entries(found).map(([type, finding]) => {
    const old = before.find((condition) => condition.type === type);
    const lastTransitionTime =
      old?.status === finding.status
        ? old.lastTransitionTime
        : new Date(now).toISOString();
    return { type, ...finding, lastTransitionTime };
  });
}

const yes = (reason: string, message: string): Finding => ({
  status: "True",
  reason,
  message,
});

const no = (reason: string, message: string): Finding => ({
  status: "False",
  reason,
  message,
});

const wait = (reason: string, message: string): Finding => ({
  status: "Unknown",
  reason,
  message,
});

const nameOf = (container: TargetContainer): string =>
  container.inspect.Name.replace(/^\//, "");
