import type { Operation } from "../operation.js";
import type { OurContainer, TargetContainer, World } from "../world.js";

export function remove(
  c: OurContainer,
  cause: string,
  forGood = false,
): Operation {
  return {
    kind: "remove",
    name: c.name,
    id: c.inspect.Id,
    role: c.role,
    ...(forGood && { forGood }),
    lane: c.name,
    cause,
  };
}

export function containerOf(
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

export const isTooEarly = (world: World, name: string): boolean =>
  (world.notBefore[name] ?? 0) > world.now;

export const nameOf = (container: TargetContainer): string =>
  container.inspect.Name.replace(/^\//, "");
