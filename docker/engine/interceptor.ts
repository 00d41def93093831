import { INTERCEPTOR_SOCKET } from "../../sidecar/schema/index.js";
import { digest } from "./digest.js";
import type { CreateSpec, Inspect } from "./engine.js";
import * as label from "./labels.js";
import { sharedVolume } from "./shared-volume.js";

/** The launcher needs exactly these to load rules and step down; its program has none. */
const CAPABILITIES = ["NET_ADMIN", "SETUID", "SETGID", "SETPCAP"];

/** Of a container that only reads: nobody, with nothing. */
const NOBODY = "65534:65534";

const LAUNCH = "/app/sidecar/interceptor/launch.py";
const PROGRAM = [
  "node",
  "--max-semi-space-size=1",
  "--single-threaded-gc",
  "--optimize-for-size",
  "--disable-warning=DEP0060",
  "/app/dist/sidecar/interceptor/main.cjs",
];

/**
 * What an interceptor may take, in seconds, to give its clients back and to
 * remove its rules: killed, it leaves them behind, though without effect.
 */
export const GOODBYE_SECONDS = 6;

/** What an interceptor is made from. */
export interface InterceptorOptions {
  /** The container whose network namespace the target uses. */
  namespace: string;
  port: number;
  token: string;
  image: string;
  volume: string;
  project: string;
  /** Whether it uses the fast lane in C: it does, unless told otherwise. */
  plane?: boolean;
}

/** The interceptor of one port of one container. Pure. */
export function interceptorSpec(
  target: Inspect,
  options: InterceptorOptions,
): CreateSpec & { hash: string } {
  const { token: _token, ...rest } = options;
  const hash = digest({ ...rest, target: target.Id });
  return {
    name: interceptorName(target, options.port),
    hash,
    body: {
      ...inNamespace(options, {
        command: ["python3", LAUNCH, ...PROGRAM],
        capabilities: CAPABILITIES,
        mounts: sharedVolume(options.volume),
      }),
      Env: [
        // What a burst of requests took is given back at once.
        "MALLOC_TRIM_THRESHOLD_=65536",
        `SIDESTEP_SOCKET=${INTERCEPTOR_SOCKET}`,
        `SIDESTEP_TOKEN=${options.token}`,
        `SIDESTEP_PORT=${options.port}`,
        ...(options.plane === false ? ["SIDESTEP_PLANE=0"] : []),
      ],
      Labels: {
        ...label.OWN_PROJECT,
        ...label.UNROUTED,
        [label.ROLE]: "interceptor",
        [label.PROJECT]: options.project,
        [label.OWNER]: options.volume,
        [label.TARGET]: target.Id,
        [label.PORT]: String(options.port),
        [label.HASH]: hash,
      },
    },
  };
}

/** The name of the interceptor of a container's port. */
export function interceptorName(target: Inspect, port: number): string {
  return `${target.Name.replace(/^\//, "")}-sidestep-port-${port}`;
}

/**
 * A short-lived look into a namespace: the TCP ports that something listens on.
 */
export function probeSpec(
  target: Inspect,
  options: Omit<InterceptorOptions, "port" | "token">,
): CreateSpec {
  return {
    name: `${target.Name.replace(/^\//, "")}-sidestep-probe`,
    body: {
      ...inNamespace(options, {
        command: ["cat", "/proc/net/tcp", "/proc/net/tcp6"],
        user: NOBODY,
      }),
      Labels: {
        ...label.UNROUTED,
        [label.ROLE]: "probe",
        [label.OWNER]: options.volume,
        [label.TARGET]: target.Id,
      },
    },
  };
}

/** A short-lived container that takes away the rules that a killed interceptor has left. */
export function cleanupSpec(
  interceptor: Inspect,
  namespace: string,
): CreateSpec {
  const { Image: image, Labels: labels } = interceptor.Config;
  const port = labels?.[label.PORT] ?? "";
  const power = {
    command: ["python3", LAUNCH, "cleanup"],
    capabilities: ["NET_ADMIN"],
  };
  return {
    name: `${interceptor.Name.replace(/^\//, "")}-cleanup`,
    body: {
      ...inNamespace({ namespace, image: String(image) }, power),
      Env: [`SIDESTEP_PORT=${port}`],
      Labels: {
        ...label.UNROUTED,
        [label.ROLE]: "probe",
        [label.OWNER]: labels?.[label.OWNER] ?? "",
      },
    },
  };
}

/** What one that joins a target's network namespace may do, beside that. */
interface Power {
  command: string[];
  user?: string;
  capabilities?: string[];
  mounts?: Record<string, unknown>[];
}

function inNamespace(
  options: Pick<InterceptorOptions, "namespace" | "image">,
  { command, user = "0:0", capabilities, mounts }: Power,
): Record<string, unknown> {
  return {
    Image: options.image,
    User: user,
    Entrypoint: [],
    Cmd: command,
    Healthcheck: { Test: ["NONE"] },
    HostConfig: {
      NetworkMode: `container:${options.namespace}`,
      CapDrop: ["ALL"],
      ...(capabilities && { CapAdd: capabilities }),
      SecurityOpt: ["no-new-privileges"],
      ReadonlyRootfs: true,
      RestartPolicy: { Name: "no" },
      ...(mounts && { Mounts: mounts }),
    },
  };
}
