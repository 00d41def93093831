import { digest } from "./digest.js";
import type { CreateSpec } from "./engine.js";
import * as label from "./labels.js";

const PROGRAM = [
  "node",
  "--max-semi-space-size=1",
  "--optimize-for-size",
  "/app/dist/sidecar/guard/main.js",
];

/** What the guard must know of the sidecar that it watches. */
export interface GuardOptions {
  id: string;
  name: string;
  image: string;
  volume: string;
  project: string;
  engineSocket: string;
}

/** The guard of a sidecar: on no network, removed by the Engine when it ends. Pure. */
export function guardSpec(self: GuardOptions): CreateSpec & { hash: string } {
  const hash = digest([self.id, self.image, self.volume, self.engineSocket]);
  return {
    name: `${self.name}-guard`,
    hash,
    body: {
      Image: self.image,
      Entrypoint: [],
      Cmd: PROGRAM,
      Healthcheck: { Test: ["NONE"] },
      Env: [`SIDESTEP_GUARDED=${self.id}`, `SIDESTEP_VOLUME=${self.volume}`],
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
        Binds: [`${self.engineSocket}:/var/run/docker.sock`],
      },
    },
  };
}
