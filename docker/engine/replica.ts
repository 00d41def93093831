import { createHash } from "node:crypto";
import {
  KIT_PATH,
  kitSocket,
  VOLUME_MOUNT,
  type SessionSpec,
} from "../../sidecar/schema/index.js";
import type { CreateSpec, EndpointSettings, Inspect } from "./engine.js";
import * as label from "./labels.js";

/** Kept as inspected: all that makes the app what it is. */
const CONFIG_COPIED = [
  "User",
  "WorkingDir",
  "StopSignal",
  "StopTimeout",
  "Shell",
  "Domainname",
  "ExposedPorts",
] as const;

/** Kept as inspected: all that the app may do and use. */
const HOST_COPIED = [
  "Binds",
  "Tmpfs",
  "CapAdd",
  "CapDrop",
  "SecurityOpt",
  "GroupAdd",
  "Privileged",
  "ReadonlyRootfs",
  "Devices",
  "DeviceRequests",
  "DeviceCgroupRules",
  "Ulimits",
  "Sysctls",
  "ShmSize",
  "OomScoreAdj",
  "OomKillDisable",
  "Memory",
  "MemoryReservation",
  "MemorySwap",
  "MemorySwappiness",
  "NanoCpus",
  "CpuShares",
  "CpuPeriod",
  "CpuQuota",
  "CpusetCpus",
  "CpusetMems",
  "PidsLimit",
  "Dns",
  "DnsOptions",
  "DnsSearch",
  "ExtraHosts",
  "LogConfig",
  "Runtime",
  "Init",
  "IpcMode",
  "PidMode",
  "UTSMode",
  "UsernsMode",
  "CgroupnsMode",
  "CgroupParent",
] as const;

/** What the replica is made from, beside the target's inspect data. */
export interface ReplicaOptions {
  session: string;
  created: string;
  spec: SessionSpec;
  token: string;
  volume: string;
  project: string;
  /** Whose networks the target uses, where that is another container. */
  networksOf: Inspect;
}

/** A replica to create, and the networks to connect it to before it starts. */
export interface ReplicaSpec extends CreateSpec {
  /** Changes when anything that the replica is made from changes. */
  hash: string;
  connect: { network: string; endpoint: unknown }[];
}

/**
 * The debug replica of a container, from its inspect data. Pure. What is
 * copied, rewritten and dropped, and why, is in `docs/replica.md`.
 */
export function replicaFromInspect(
  target: Inspect,
  options: ReplicaOptions,
): ReplicaSpec {
  const name = replicaName(target, options.session);
  const networks = networksOf(options.networksOf, target);
  const [primary, ...others] = networks;
  const stable = {
    Image: target.Image,
    ...pick(target.Config, CONFIG_COPIED),
    ...command(target, options.spec),
    Healthcheck: { Test: ["NONE"] },
    Tty: true,
    OpenStdin: true,
    StdinOnce: false,
    HostConfig: {
      ...pick(target.HostConfig, HOST_COPIED),
      Mounts: mounts(target, options.volume),
      RestartPolicy: { Name: "no" },
      AutoRemove: false,
      PortBindings: {},
      PublishAllPorts: false,
      NetworkMode: primary?.network ?? "bridge",
    },
    NetworkingConfig: {
      EndpointsConfig:
        primary && primary.network !== "bridge"
          ? { [primary.network]: primary.endpoint }
          : {},
    },
  };
  const env = environment(target, options);
  const hash = digest({ ...stable, env, connect: others, spec: options.spec });
  return {
    name,
    hash,
    connect: others,
    body: {
      ...stable,
      Env: [...env, `SIDESTEP_TOKEN=${options.token}`],
      Labels: labels(target, options, hash),
    },
  };
}

/** The name of a session's replica of a container. */
export function replicaName(target: Inspect, session: string): string {
  return `${target.Name.replace(/^\//, "")}-sidestep-${session}`;
}

/** A short digest of anything that has a JSON form. */
export function digest(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(value))
    .digest("hex")
    .slice(0, 16);
}

function pick(
  from: Record<string, unknown>,
  keys: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(
    keys
      .filter((key) => from[key] !== undefined && from[key] !== null)
      .map((key) => [key, from[key]]),
  );
}

/** Entrypoint and Cmd together: alone, the entrypoint would empty the command. */
function command(target: Inspect, spec: SessionSpec): Record<string, unknown> {
  if (spec.command) return { Entrypoint: [], Cmd: spec.command };
  return {
    Entrypoint: target.Config.Entrypoint ?? [],
    Cmd: target.Config.Cmd ?? [],
  };
}

function environment(target: Inspect, options: ReplicaOptions): string[] {
  const env = new Map<string, string>();
  for (const entry of target.Config.Env ?? []) {
    const at = entry.indexOf("=");
    if (at > 0) env.set(entry.slice(0, at), entry.slice(at + 1));
  }
  for (const [key, value] of Object.entries(options.spec.env ?? {})) {
    env.set(key, value);
  }
  const path = env.get("PYTHONPATH");
  env.set("PYTHONPATH", path ? `${KIT_PATH}:${path}` : KIT_PATH);
  env.set("SIDESTEP_SESSION", options.session);
  env.set("SIDESTEP_KIT_SOCKET", kitSocket(options.session));
  return [...env].map(([key, value]) => `${key}=${value}`);
}

/**
 * The target's mounts; anonymous volumes by their name, so that the replica
 * sees the same data and its removal deletes nothing; and ours, read-only.
 */
function mounts(target: Inspect, volume: string): unknown[] {
  const bound = (target.HostConfig.Binds ?? []).map((b) => b.split(":")[1]);
  const own = target.HostConfig.Mounts ?? [];
  const known = new Set([...bound, ...own.map((mount) => mount.Target)]);
  const anonymous = (target.Mounts ?? [])
    .filter((m) => m.Type === "volume" && !known.has(m.Destination))
    .map((m) => ({
      Type: "volume",
      Source: m.Name,
      Target: m.Destination,
      ReadOnly: m.RW === false,
    }));
  const ours = {
    Type: "volume",
    Source: volume,
    Target: VOLUME_MOUNT,
    ReadOnly: true,
  };
  return [...own, ...anonymous, ours];
}

function networksOf(
  owner: Inspect,
  target: Inspect,
): { network: string; endpoint: unknown }[] {
  const self = target.Name.replace(/^\//, "");
  return Object.entries(owner.NetworkSettings.Networks ?? {})
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([network, settings]) => ({
      network,
      endpoint: endpoint(settings, self),
    }));
}

/** No alias, address or MAC comes along: those are the target's identity. */
function endpoint(settings: EndpointSettings, self: string): unknown {
  const links = settings.Links?.map((link) => link.replace(`/${self}/`, ""));
  return {
    ...(links?.length ? { Links: links } : {}),
    ...(settings.DriverOpts ? { DriverOpts: settings.DriverOpts } : {}),
  };
}

/**
 * Only our own labels. The image's labels come back regardless, and among them
 * may be what routes public traffic (Traefik) or names a compose service: each
 * label of the target is therefore emptied.
 */
function labels(
  target: Inspect,
  options: ReplicaOptions,
  hash: string,
): Record<string, string> {
  const emptied = Object.fromEntries(
    Object.keys(target.Config.Labels ?? {})
      .filter((key) => !key.startsWith("com.docker.compose."))
      .map((key) => [key, ""]),
  );
  return {
    ...emptied,
    ...label.composeLabels(target.Config.Labels),
    [label.ROLE]: "replica",
    [label.SESSION]: options.session,
    [label.SPEC]: JSON.stringify(options.spec),
    [label.CREATED]: options.created,
    [label.PROJECT]: options.project,
    [label.OWNER]: options.volume,
    [label.TARGET]: target.Id,
    [label.HASH]: hash,
  };
}
