/** Keys of `Config` kept as inspected: all that makes the app what it is. */
export const CONFIG_COPIED = [
  "User",
  "WorkingDir",
  "StopSignal",
  "StopTimeout",
  "Shell",
  "Domainname",
  "ExposedPorts",
] as const;

/** Keys of `HostConfig` kept as inspected: all that the app may do and use. */
export const HOST_COPIED = [
  "Tmpfs",
  "CapAdd",
  "CapDrop",
  "SecurityOpt",
  "GroupAdd",
  "Privileged",
  "ReadonlyRootfs",
  "MaskedPaths",
  "ReadonlyPaths",
  "Devices",
  "DeviceRequests",
  "DeviceCgroupRules",
  "ShmSize",
  "StorageOpt",
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
  "CpuRealtimePeriod",
  "CpuRealtimeRuntime",
  "CpusetCpus",
  "CpusetMems",
  "PidsLimit",
  "BlkioWeight",
  "BlkioWeightDevice",
  "BlkioDeviceReadBps",
  "BlkioDeviceWriteBps",
  "BlkioDeviceReadIOps",
  "BlkioDeviceWriteIOps",
  "LogConfig",
  "Runtime",
  "Annotations",
  "Init",
  "IpcMode",
  "PidMode",
  "UTSMode",
  "UsernsMode",
  "CgroupnsMode",
  "CgroupParent",
] as const;

/**
 * Keys of `HostConfig` that belong to the network namespace: copied from the
 * container that owns it, which the target's own can be empty beside.
 */
export const NETWORK_COPIED = [
  "Dns",
  "DnsOptions",
  "DnsSearch",
  "ExtraHosts",
] as const;

/** The values of some keys, without those that are not set. */
export function pick(
  from: Record<string, unknown>,
  keys: readonly string[],
): Record<string, unknown> {
  return Object.fromEntries(
    keys
      .filter((key) => from[key] !== undefined && from[key] !== null)
      .map((key) => [key, from[key]]),
  );
}
