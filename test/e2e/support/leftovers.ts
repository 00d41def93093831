import { networkOf, rulesOfAll, tablesIn } from "../../support/traces.js";
import { docker, tryRun } from "./run.js";

/** Everything that a test could leave behind in the Engine. */
export interface Inventory {
  containers: string[];
  networks: string[];
  volumes: string[];
}

/** What is there now, sorted. */
export async function inventory(): Promise<Inventory> {
  const lines = async (...args: string[]) =>
    (await docker(...args)).split("\n").filter(Boolean).sort();
  return {
    containers: await lines("ps", "-a", "--format", "{{.Names}}"),
    networks: await lines("network", "ls", "--format", "{{.Name}}"),
    volumes: await lines("volume", "ls", "--format", "{{.Name}}"),
  };
}

/** Our nftables tables in the network namespace of a container. */
export async function rulesIn(container: string): Promise<string[]> {
  const pid = await docker("inspect", "-f", "{{.State.Pid}}", container);
  return tablesIn(pid);
}

/**
 * What no running sidecar owns: containers of ours, and rules in networks where no
 * interceptor of ours serves.
 */
export async function orphans(): Promise<string[]> {
  const filter = ["--filter", "label=sidestep.role"];
  const ids = (await docker("ps", "-aq", ...filter)).split("\n");
  const [sidecars, others] = await inspected(ids.filter(Boolean));
  const volumes = (some: Inspected[]) =>
    some.flatMap(({ Mounts }) => Mounts.map(({ Name }) => Name));
  const owners = {
    running: volumes(sidecars.filter(({ State }) => State.Running)),
    all: volumes(sidecars),
  };
  const lost = others.filter(({ Config }) => {
    const { "sidestep.owner": owner = "none", "sidestep.role": role } =
      Config.Labels;
    // A guard waits a while for one that has stopped.
    return !owners[role === "guard" ? "all" : "running"].includes(owner);
  });
  const served = await Promise.all(
    others
      .filter(({ Config }) => Config.Labels["sidestep.role"] === "interceptor")
      .map(({ State }) => networkOf(State.Pid)),
  );
  const rules = (await rulesOfAll()).filter(
    ({ network }) => !served.includes(network),
  );
  return [
    ...lost.map(({ Name }) => Name.slice(1)),
    ...rules.map(({ table, network }) => `${table} in ${network}`),
  ];
}

interface Inspected {
  Name: string;
  State: { Running: boolean; Pid: number };
  Config: { Labels: Record<string, string> };
  Mounts: { Name?: string }[];
}

/** The sidecars of these containers, and the others; one that has just gone is in neither. */
async function inspected(ids: string[]): Promise<[Inspected[], Inspected[]]> {
  if (ids.length === 0) return [[], []];
  const { stdout } = await tryRun("docker", ["inspect", ...ids]);
  const all = JSON.parse(stdout) as Inspected[];
  const isSidecar = ({ Config }: Inspected) =>
    Config.Labels["sidestep.role"] === "sidecar";
  return [all.filter(isSidecar), all.filter((each) => !isSidecar(each))];
}
