import type { CreateSpec } from "./engine.js";
import * as label from "./labels.js";

/** Reads the environment of processes of any user, and ends them. */
const CAPABILITIES = ["KILL", "SYS_PTRACE", "DAC_READ_SEARCH"];

/** What a toolbox is made for. */
export interface ToolboxOptions {
  session: string;
  replica: { id: string; name: string };
  image: string;
  volume: string;
  project: string;
}

/** A container of our image in a replica's network and pid namespaces. Pure. */
export function toolboxSpec(options: ToolboxOptions): CreateSpec {
  const { id, name } = options.replica;
  return {
    name: `${name}-toolbox`,
    body: {
      Image: options.image,
      User: "0:0",
      Entrypoint: [],
      Cmd: ["sleep", "infinity"],
      Healthcheck: { Test: ["NONE"] },
      Labels: {
        ...label.OWN_PROJECT,
        ...label.UNROUTED,
        [label.ROLE]: "toolbox",
        [label.SESSION]: options.session,
        [label.PROJECT]: options.project,
        [label.OWNER]: options.volume,
        [label.TARGET]: id,
      },
      HostConfig: {
        NetworkMode: `container:${id}`,
        PidMode: `container:${id}`,
        CapDrop: ["ALL"],
        CapAdd: CAPABILITIES,
        SecurityOpt: ["no-new-privileges"],
        ReadonlyRootfs: true,
        RestartPolicy: { Name: "no" },
      },
    },
  };
}
