import { docker, run } from "./run.js";

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
  const nft = ["nft", "list", "tables"];
  const tables = await run("nsenter", ["-t", pid, "-n", ...nft]);
  return tables.split("\n").filter((line) => line.includes("sidestep"));
}
