import { digest } from "./digest.js";
import type { CreateSpec } from "./engine.js";
import * as label from "./labels.js";

const PROGRAM = [
  "node",
  "--max-semi-space-size=1",
  "--optimize-for-size",
  "/app/dist/sidecar/guard/main.js",
];

/** How a container reaches the Engine. */
export interface EngineSocket {
  /** A path of the host, or a volume: the socket, or a folder that has it. */
  source: string;
  /** Where that is mounted. */
  target: string;
  /** Where the socket is then, if not at the usual place: a DOCKER_HOST. */
  host?: string;
}

/** What the guard must know of the sidecar that it watches. */
export interface GuardOptions {
  id: string;
  name: string;
  image: string;
  volume: string;
  project: string;
  socket: EngineSocket;
  /** Whom the sidecar runs as, if not as its image says. */
  user: string;
  /** Groups that it was given besides. */
  groups: string[];
}

/** The guard of a sidecar: on no network, removed by the Engine when it ends. Pure. */
export function guardSpec(self: GuardOptions): CreateSpec & { hash: string } {
  const { socket, user, groups } = self;
  const hash = digest([
    ...[self.id, self.image, self.volume],
    ...[socket, user, groups],
  ]);
  return {
    name: `${self.name}-guard`,
    hash,
    body: {
      Image: self.image,
      // The socket lets in whom its owner and its group say.
      ...(user && { User: user }),
      Entrypoint: [],
      Cmd: PROGRAM,
      Healthcheck: { Test: ["NONE"] },
      Env: [
        `SIDESTEP_GUARDED=${self.id}`,
        `SIDESTEP_VOLUME=${self.volume}`,
        ...(socket.host ? [`DOCKER_HOST=${socket.host}`] : []),
      ],
      Labels: {
        ...label.OWN_PROJECT,
        ...label.UNROUTED,
        [label.ROLE]: "guard",
        [label.PROJECT]: self.project,
        [label.OWNER]: self.volume,
        [label.HASH]: hash,
      },
      HostConfig: {
        NetworkMode: "none",
        AutoRemove: true,
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges"],
        ReadonlyRootfs: true,
        ...(groups.length > 0 && { GroupAdd: groups }),
        Binds: [`${socket.source}:${socket.target}`],
      },
    },
  };
}
