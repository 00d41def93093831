import type { Inspect } from "../../docker/engine/engine.js";
import { ok, warning, type Check } from "./check.js";
import type { HealthQuestion } from "./health.js";
import { runtimeOf } from "./runtime.js";

/** What was seen of one container that could be debugged. */
export interface SeenTarget {
  /** As `sidestep debug` takes it. */
  name: string;
  container: string;
  inspect: Inspect;
  /** The command lines of its processes. */
  processes: string[];
  /** Undefined where nobody could look: there is no image to look with. */
  namespace: Namespace | undefined;
  /** Whether an interceptor that exists takes one of its ports. */
  intercepted: boolean;
  /** What health checks of other containers ask it. */
  asked: HealthQuestion[];
}

/** What `launch.py look` tells of a network namespace. */
export interface Namespace {
  tables: number[];
  live: number[];
  listening: number[];
  /** Connections to each listening port that nobody intercepts. */
  established: Record<string, number>;
}

/** A target's port and runtime as they are detected, and what would be in the way. */
export function judgeTarget(seen: SeenTarget, image: string): Check[] {
  const { name, inspect } = seen;
  const check = `target/${name}`;
  const mode = inspect.HostConfig.NetworkMode ?? "";
  if (mode === "host" || mode === "none") {
    const why =
      mode === "host" ? "uses the host's network" : "has no network of its own";
    return [
      warning(
        check,
        `it cannot be debugged: it ${why}`,
        "run it on a Docker network (bridge), if it is to be debugged",
      ),
    ];
  }
  return [
    portAndRuntime(seen, check),
    ...unhealthyNow(seen, check),
    ...clashes(seen, check),
    ...deadRules(seen, check, image),
  ];
}

function portAndRuntime(seen: SeenTarget, check: string): Check {
  const { name, namespace, inspect } = seen;
  const runtime = runtimeOf(seen.processes);
  const ports = portsOf(inspect, namespace?.listening);
  const [port, ...others] = ports;
  if (port === undefined) {
    return warning(
      check,
      `${runtime.text}; it exposes no TCP port, and listens on none`,
      `sidestep debug ${name} --port PORT, once it listens`,
    );
  }
  const old = namespace?.established[String(port)] ?? 0;
  const connections =
    old > 0 ? `; ${old} open ${old === 1 ? "connection" : "connections"}` : "";
  const paused = runtime.pauses ? "" : ": can be rerouted, but not paused";
  const message = `port ${ports.join(", ")}; ${runtime.text}${paused}${connections}`;
  return others.length === 0
    ? ok(check, message)
    : warning(check, message, `sidestep debug ${name} --port ${port}`);
}

/** As the sidecar decides it: the only one exposed, else of those in use. */
function portsOf(inspect: Inspect, listening: number[] | undefined): number[] {
  const exposed = Object.keys(inspect.Config.ExposedPorts ?? {})
    .filter((port) => port.endsWith("/tcp"))
    .map((port) => Number.parseInt(port, 10))
    .sort((a, b) => a - b);
  if (exposed.length === 1) return exposed;
  const used = listening ?? [];
  const both = exposed.filter((port) => used.includes(port));
  return both.length > 0 ? both : exposed.length > 0 ? exposed : used;
}

function unhealthyNow({ inspect, container }: SeenTarget, check: string) {
  const { Health: health } = inspect.State as { Health?: { Status: string } };
  if (health?.Status !== "unhealthy") return [];
  return [
    warning(
      check,
      "its health check fails, without sidestep's doing",
      `docker inspect -f '{{json .State.Health.Log}}' ${container}`,
    ),
  ];
}

function clashes({ name, asked }: SeenTarget, check: string): Check[] {
  return asked.map(({ by, path }) =>
    warning(
      check,
      `the health check of ${by} asks it for ${path}: while it is paused, ${by} gets no answer and becomes unhealthy`,
      `sidestep debug ${name} --probe path=${path}`,
    ),
  );
}

/** The ports of tables of ours that nobody renews. */
export function deadTables(namespace: Namespace | undefined): number[] {
  const { tables = [], live = [] } = namespace ?? {};
  return tables.filter((port) => !live.includes(port));
}

function deadRules(seen: SeenTarget, check: string, image: string): Check[] {
  const dead = deadTables(seen.namespace);
  if (dead.length === 0 || seen.intercepted) return [];
  return [
    warning(
      check,
      `an interceptor that was killed left rules, without effect: ${dead.map((port) => `sidestep_${port}`).join(", ")}`,
      `docker run --rm --network container:${seen.container} --cap-add NET_ADMIN ${image} python3 /app/sidecar/interceptor/launch.py cleanup`,
    ),
  ];
}
