import { API_PORT, VOLUME_MOUNT } from "../../sidecar/schema/constants.js";
import type { CreateSpec } from "./engine.js";
import * as label from "./labels.js";

/** What a sidecar needs to put everything back, in seconds. */
export const SIDECAR_GOODBYE_SECONDS = 30;

/** What `sidestep up` makes a sidecar from. */
export interface SidecarOptions {
  name: string;
  image: string;
  /** The compose project whose services it calls by their bare names; "": none. */
  project: string;
  /** The port of the Engine's loopback on which its API is published; 0: any. */
  port: number;
  /** The Engine's socket on the Engine's own machine. */
  socket: string;
  /** Whom it runs as, such as 1000:998; undefined: root, without a capability. */
  user?: string | undefined;
}

/**
 * A sidecar without compose: what the service in a compose file says. It may
 * do nothing but what the socket and its volume let it; see
 * docs/least-power.md. Pure.
 */
export function sidecarSpec(options: SidecarOptions): CreateSpec {
  const { name, image, project, port, socket, user } = options;
  const HostPort = port === 0 ? "" : String(port);
  return {
    name,
    body: {
      Image: image,
      ...(user !== undefined && { User: user }),
      StopTimeout: SIDECAR_GOODBYE_SECONDS,
      Labels: {
        ...label.OWN_PROJECT,
        ...label.UNROUTED,
        [label.ROLE]: "sidecar",
        [label.PROJECT]: project,
      },
      ExposedPorts: { [`${API_PORT}/tcp`]: {} },
      HostConfig: {
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges"],
        ReadonlyRootfs: true,
        // For the command line in it: `diff` writes what it compares.
        Tmpfs: { "/tmp": "" },
        PortBindings: {
          [`${API_PORT}/tcp`]: [{ HostIp: "127.0.0.1", HostPort }],
        },
        Binds: [`${socket}:/var/run/docker.sock`],
        Mounts: [
          {
            Type: "volume",
            Source: name,
            Target: VOLUME_MOUNT,
            VolumeOptions: { Labels: { [label.OWNER]: name } },
          },
        ],
        RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
      },
    },
  };
}
