import type { CreateSpec } from "./engine.js";
import * as label from "./labels.js";

/** Sends one request and prints the beginning of its answer; bash, since it starts at once. */
const SEND =
  'exec 3<>"/dev/tcp/$0/$1" && printf %s "$2" >&3 && head -c 1000 <&3';

/** How long it may take, in seconds. */
const LIMIT = "3";

/** Where a canary is sent from, and what. */
export interface CanaryOptions {
  /** The container whose place in the networks it has: a replica. */
  from: string;
  to: { host: string; port: number };
  request: string;
  /** What makes its name its own. */
  id: string;
  image: string;
  volume: string;
}

/** A short-lived container that sends a canary from a replica's place, without a capability or a mount. */
export function canarySpec(options: CanaryOptions): CreateSpec {
  const { host, port } = options.to;
  return {
    name: `${options.from}-canary-${options.id}`,
    body: {
      Image: options.image,
      User: "65534:65534",
      Entrypoint: [],
      Cmd: [
        ...["timeout", LIMIT, "bash", "-c", SEND],
        ...[host, String(port), options.request],
      ],
      Healthcheck: { Test: ["NONE"] },
      Labels: {
        ...label.UNROUTED,
        [label.ROLE]: "canary",
        [label.OWNER]: options.volume,
      },
      HostConfig: {
        NetworkMode: `container:${options.from}`,
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges"],
        ReadonlyRootfs: true,
        RestartPolicy: { Name: "no" },
      },
    },
  };
}
