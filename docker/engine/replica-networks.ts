import { NETWORK_COPIED, pick } from "./copied.js";
import type { EndpointSettings, Inspect } from "./engine.js";

/** A network to join, and how. */
export interface Joined {
  network: string;
  endpoint: unknown;
}

/**
 * The networks to join, the owner's main one first: Engines before 25 take
 * only one at creation, and links of the default bridge work on no other.
 */
export function networksOf(owner: Inspect): Joined[] {
  const main = mainNetwork(owner);
  return Object.entries(owner.NetworkSettings.Networks ?? {})
    .sort(([a], [b]) => {
      if (a === main || b === main) return a === main ? -1 : 1;
      return a < b ? -1 : 1;
    })
    .map(([network, settings]) => ({ network, endpoint: endpoint(settings) }));
}

/**
 * What `HostConfig` says of the network namespace. The owner's values, where
 * the target uses the namespace of another container.
 */
export function namespaceSettings(
  target: Inspect,
  owner: Inspect,
): Record<string, unknown> {
  const sysctls = { ...networkSysctls(owner), ...sysctlsOf(target) };
  const links = bridgeLinks(owner);
  return {
    ...pick(owner.HostConfig, NETWORK_COPIED),
    ...(Object.keys(sysctls).length > 0 ? { Sysctls: sysctls } : {}),
    ...(links.length > 0 ? { Links: links } : {}),
  };
}

/** No alias, address or MAC comes along: those are the target's identity. */
function endpoint(settings: EndpointSettings): unknown {
  const options = settings.DriverOpts ?? {};
  return {
    ...(settings.Links?.length ? { Links: settings.Links } : {}),
    ...(Object.keys(options).length > 0 ? { DriverOpts: options } : {}),
    ...(settings.GwPriority ? { GwPriority: settings.GwPriority } : {}),
  };
}

function mainNetwork(owner: Inspect): string {
  const mode = owner.HostConfig.NetworkMode ?? "default";
  return mode === "default" ? "bridge" : mode;
}

/**
 * Links of the default bridge, which inspect shows as `/other:/parent/alias`
 * and create takes as `other:alias`. Inspect's order is random.
 */
function bridgeLinks(owner: Inspect): string[] {
  if (mainNetwork(owner) !== "bridge") return [];
  return (owner.HostConfig.Links ?? [])
    .map((link) => link.replace(/^\/([^:]+):(?:.*\/)?/, "$1:"))
    .sort();
}

function networkSysctls(owner: Inspect): Record<string, string> {
  return Object.fromEntries(
    Object.entries(sysctlsOf(owner)).filter(([key]) => key.startsWith("net.")),
  );
}

const sysctlsOf = (container: Inspect): Record<string, string> =>
  container.HostConfig.Sysctls ?? {};
