import type { CreateSpec } from "./engine.js";
import * as label from "./labels.js";
import type { Row } from "./reach/light-engine.js";

const LAUNCH = "/app/sidecar/interceptor/launch.py";

/** A short-lived container that removes the rules a killed interceptor left. Pure. */
export function cleanupSpec(
  interceptor: Row,
  image: string,
  networkMode: string,
): CreateSpec {
  return {
    name: `${interceptor.name}-cleanup`,
    body: launcherIn(image, networkMode, ["cleanup"], ["NET_ADMIN"]),
  };
}

/** A short-lived container that removes all rules of ours from a namespace that nobody renews. Pure. */
export function rulesSpec(
  image: string,
  container: string,
  name: string,
): CreateSpec {
  const mode = `container:${container}`;
  return { name, body: launcherIn(image, mode, ["cleanup"], ["NET_ADMIN"]) };
}

/**
 * A short-lived container that tries what a takeover needs of the kernel, in a
 * network namespace of its own. Pure.
 */
export function kernelSpec(image: string, name: string): CreateSpec {
  const capabilities = ["NET_ADMIN", "SETUID", "SETGID", "SETPCAP"];
  return { name, body: launcherIn(image, "none", ["check"], capabilities) };
}

/**
 * A short-lived container that looks at the network namespace of another: its
 * listening ports, its connections, and rules of ours. Pure.
 */
export function namespaceSpec(
  image: string,
  container: string,
  name: string,
): CreateSpec {
  const mode = `container:${container}`;
  return { name, body: launcherIn(image, mode, ["look"], ["NET_ADMIN"]) };
}

function launcherIn(
  image: string,
  networkMode: string,
  words: string[],
  capabilities: string[],
): Record<string, unknown> {
  return {
    Image: image,
    User: "0:0",
    Entrypoint: [],
    Cmd: ["python3", LAUNCH, ...words],
    Healthcheck: { Test: ["NONE"] },
    Labels: {
      ...label.OWN_PROJECT,
      ...label.UNROUTED,
      [label.ROLE]: "probe",
    },
    HostConfig: {
      NetworkMode: networkMode,
      CapDrop: ["ALL"],
      CapAdd: capabilities,
      SecurityOpt: ["no-new-privileges"],
      ReadonlyRootfs: true,
      AutoRemove: true,
    },
  };
}
