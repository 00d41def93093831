import { proofKey, type Proof } from "./canaries.js";
import type { Operation } from "./operation.js";
import { isServing, upstreamHost } from "./routes.js";
import {
  interceptorOf,
  replicaOf,
  type DesiredSession,
  type TargetContainer,
  type World,
} from "./world.js";

/** After this a canary that was not seen is followed by another. */
const RETRY_MS = 3_000;

/** Canary requests: a route that nobody has tried is only believed to be there. */
export function canaries(
  world: World,
  session: DesiredSession,
  containers: TargetContainer[],
  port: number,
): Operation[] {
  const replica = replicaOf(world, session.name);
  if (!replica || !isServing(world, session)) return [];
  return containers.flatMap((container): Operation[] => {
    const via = interceptorOf(world, container.inspect.Id, port)?.name;
    const link = via === undefined ? undefined : world.interceptors[via];
    if (via === undefined || link?.takeover === undefined) return [];
    const { takeover } = link;
    const last = world.proofs[proofKey(session.name, via)];
    if (last?.takeover === takeover && !isStale(last, world.now)) return [];
    const near = world.self.networks.some(
      (network) => network in networksOf(container),
    );
    const host = near
      ? addressOn(container, world.self.networks)
      : addressOn(
          container,
          Object.keys(replica.inspect.NetworkSettings.Networks ?? {}),
        );
    if (!host || !upstreamHost(replica.inspect, container)) return [];
    return [
      {
        kind: "canary",
        session: session.name,
        interceptor: via,
        takeover,
        host,
        port,
        from: near ? undefined : replica.name,
        lane: `canary ${session.name} ${via}`,
        cause: last
          ? "the last one was not seen"
          : "do new connections come to the interceptor?",
      },
    ];
  });
}

const isStale = ({ state, at }: Proof, now: number): boolean =>
  state === "missed" && now - at >= RETRY_MS;

const networksOf = ({ owner }: TargetContainer) =>
  owner.NetworkSettings.Networks ?? {};

/** A container's address on one of these networks. */
function addressOn(
  container: TargetContainer,
  networks: string[],
): string | undefined {
  const own = networksOf(container);
  return [...networks]
    .sort()
    .map((name) => own[name]?.IPAddress || own[name]?.GlobalIPv6Address)
    .find(Boolean);
}
