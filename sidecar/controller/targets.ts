import type { Engine, Inspect, Summary } from "../../docker/engine/engine.js";
import * as label from "../../docker/engine/labels.js";
import { API_VERSION, type Target } from "../schema/index.js";
import { byPrecedence } from "./precedence.js";
import { productionSign } from "./production.js";
import { composeOf, exposedPorts, targetName } from "./target.js";
import type { Self, World } from "./world.js";

/** Everything that runs here and could be debugged, one row a target. */
export async function listTargets(
  engine: Engine,
  self: Self,
  all: Summary[],
  world: World,
): Promise<Target[]> {
  const groups = new Map<string, Summary[]>();
  for (const row of all) {
    if (row.state !== "running" && row.state !== "paused") continue;
    if (row.labels[label.ROLE]) continue;
    const name = targetName(self, row);
    groups.set(name, [...(groups.get(name) ?? []), row]);
  }
  const rows = [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
  return Promise.all(
    rows.map(([name, group]) => target(engine, world, name, group)),
  );
}

async function target(
  engine: Engine,
  world: World,
  name: string,
  group: Summary[],
): Promise<Target> {
  const first = group[0]!;
  const inspect = await engine.inspect(first.id);
  const ids = group.map((row) => row.id);
  const compose = composeOf(first);
  return {
    apiVersion: API_VERSION,
    kind: "Target",
    metadata: {
      name,
      creationTimestamp: new Date(first.created * 1000).toISOString(),
      ...(compose.project !== undefined && {
        labels: { [label.PROJECT]: compose.project },
      }),
    },
    status: {
      ...compose,
      containers: group.map((row) => row.name).sort(),
      image: first.image,
      state: first.state,
      ports: inspect ? exposedPorts(inspect) : [],
      sessions: sessionsAt(world, ids),
      problem:
        networkProblem(inspect?.HostConfig.NetworkMode) ??
        productionProblem(inspect),
    },
  };
}

/** The sessions on these containers, in the order in which they are asked. */
function sessionsAt(world: World, ids: string[]): string[] {
  return world.sessions
    .filter(({ name }) => {
      const view = world.targets[name];
      return (
        view &&
        !view.problem &&
        view.containers.some((c) => ids.includes(c.inspect.Id))
      );
    })
    .sort(byPrecedence)
    .map(({ name }) => name);
}

function productionProblem(inspect: Inspect | undefined): string | undefined {
  const sign = inspect && productionSign(inspect);
  return sign && `says it is production: ${sign}`;
}

function networkProblem(mode: string | undefined): string | undefined {
  if (mode === "host") return "uses the host's network";
  if (mode === "none") return "has no network";
  return undefined;
}
