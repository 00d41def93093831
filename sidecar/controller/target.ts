import type { Engine, Inspect, Summary } from "../../docker/engine/engine.js";
import * as label from "../../docker/engine/labels.js";
import * as errors from "../errors.js";
import type { SessionSpec } from "../schema/index.js";
import { productionSign } from "./production.js";
import type { Self, TargetContainer, TargetView } from "./world.js";

/** How far `network_mode: container:` is followed. */
const MAX_HOPS = 5;

/** The TCP ports that something listens on in a container; [] if unknown. */
export type ListeningPorts = (container: TargetContainer) => Promise<number[]>;

/**
 * The containers that a session's target names, and its port. Only reads; the
 * problem, if there is one, is in the answer.
 */
export async function resolveTarget(
  engine: Engine,
  self: Self,
  all: Summary[],
  spec: SessionSpec,
  listening: ListeningPorts,
): Promise<TargetView> {
  const named = byName(self, all, spec.target);
  if (named.length === 0) {
    return {
      problem: errors.targetNotFound(spec.target, targetNames(self, all)),
    };
  }
  if (
    named.every((row) => label.ROLE in row.labels && row.labels[label.ROLE])
  ) {
    return { problem: errors.targetIsOurs(spec.target) };
  }
  const inspected = await Promise.all(
    named.map((row) => engine.inspect(row.id)),
  );
  const present = inspected.filter((i) => i !== undefined);
  const running = present.filter((inspect) => inspect.State.Running);
  if (running.length === 0) {
    const state = present[0]?.State.Status ?? "removed";
    return { problem: errors.targetNotRunning(spec.target, state) };
  }
  const sign = running.map(productionSign).find(Boolean);
  if (sign && spec.allowProduction !== spec.target) {
    const { target, allowProduction } = spec;
    return {
      problem: errors.targetIsProduction(target, sign, allowProduction),
    };
  }
  const containers: TargetContainer[] = [];
  for (const inspect of running) {
    const owner = await networkOwner(engine, inspect);
    const problem = networkProblem(spec.target, owner);
    if (problem) return { problem };
    containers.push({ inspect, owner: owner! });
  }
  const view = await withPort(spec, containers, listening);
  return view.problem || !sign ? view : { ...view, production: sign };
}

/** The names under which targets can be asked for, in order. */
export function targetNames(self: Self, all: Summary[]): string[] {
  const names = all
    .filter((row) => row.state === "running" && !row.labels[label.ROLE])
    .map((row) => targetName(self, row));
  return [...new Set(names)].sort();
}

/** The shortest name of the target that a container belongs to. */
export function targetName(self: Self, row: Summary): string {
  const { project, service } = composeOf(row);
  if (!project || !service) return row.name;
  return project === self.project ? service : `${project}/${service}`;
}

/** The compose project and service of a container, if compose created it. */
export function composeOf(row: Summary): {
  project?: string;
  service?: string;
} {
  if (row.labels[label.COMPOSE_ONEOFF] !== "False") return {};
  return {
    project: row.labels[label.COMPOSE_PROJECT],
    service: row.labels[label.COMPOSE_SERVICE],
  };
}

/** A service of our project, else project/service, else a container. */
function byName(self: Self, all: Summary[], target: string): Summary[] {
  const order = (row: Summary) => Number(row.labels[label.COMPOSE_NUMBER] ?? 0);
  const service = all
    .filter((row) => {
      const compose = composeOf(row);
      if (!compose.service) return false;
      return target.includes("/")
        ? `${compose.project}/${compose.service}` === target
        : compose.project === self.project && compose.service === target;
    })
    .sort((a, b) => order(a) - order(b));
  if (service.length > 0) return service;
  const exact = all.filter((row) => row.name === target);
  if (exact.length > 0) return exact;
  const byId = /^[0-9a-f]{12,64}$/.test(target)
    ? all.filter((row) => row.id.startsWith(target))
    : [];
  return byId.length === 1 ? byId : [];
}

/** The container whose network namespace this one uses; undefined if it is gone. */
async function networkOwner(
  engine: Engine,
  inspect: Inspect,
): Promise<Inspect | undefined> {
  let owner: Inspect | undefined = inspect;
  for (let hop = 0; owner && hop < MAX_HOPS; hop++) {
    const mode: string = owner.HostConfig.NetworkMode ?? "";
    if (!mode.startsWith("container:")) return owner;
    owner = await engine.inspect(mode.slice("container:".length));
  }
  return owner;
}

function networkProblem(
  target: string,
  owner: Inspect | undefined,
): errors.UserError | undefined {
  const mode = owner?.HostConfig.NetworkMode;
  if (mode === "host") return errors.targetOnHostNetwork(target);
  const networks = Object.keys(owner?.NetworkSettings.Networks ?? {});
  const none = networks.every((network) => network === "none");
  return none || mode === "none"
    ? errors.targetHasNoNetwork(target)
    : undefined;
}

/** The port asked for, else the only one exposed, else the only one in use. */
async function withPort(
  spec: SessionSpec,
  containers: TargetContainer[],
  listening: ListeningPorts,
): Promise<TargetView> {
  if (spec.port) return { port: spec.port, containers };
  const first = containers[0]!;
  const exposed = exposedPorts(first.inspect);
  if (exposed.length === 1) return { port: exposed[0]!, containers };
  const used = await listening(first);
  const both = exposed.filter((port) => used.includes(port));
  const candidates =
    both.length > 0 ? both : exposed.length > 0 ? exposed : used;
  const [only, ...more] = candidates;
  if (only === undefined) return { problem: errors.portUnknown(spec.target) };
  if (more.length > 0) {
    return { problem: errors.portAmbiguous(spec.target, candidates) };
  }
  return { port: only, containers };
}

/** The TCP ports that a container's image or its creator exposes. */
export function exposedPorts(inspect: Inspect): number[] {
  return Object.keys(inspect.Config.ExposedPorts ?? {})
    .filter((port) => port.endsWith("/tcp"))
    .map((port) => Number.parseInt(port, 10))
    .sort((a, b) => a - b);
}
