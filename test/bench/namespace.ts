import { docker } from "../e2e/support/run.js";

/** What is in a container's network namespace beside the app. */
export interface Intrusion {
  /** Our nftables tables. */
  tables: string[];
  /** Processes that are not the app's, as `pid name`. */
  processes: string[];
}

/** Lists the processes of the namespace that it runs in, itself left out. */
const LIST = `
import os, subprocess
namespace = os.readlink("/proc/self/ns/net")
tables = subprocess.run(["nft", "list", "tables"], stdout=subprocess.PIPE, check=True)
for line in tables.stdout.decode().splitlines():
    print("table", line)
for pid in os.listdir("/proc"):
    try:
        if pid.isdigit() and int(pid) != os.getpid() and os.readlink("/proc/%s/ns/net" % pid) == namespace:
            print("process", pid, open("/proc/%s/comm" % pid).read().strip())
    except FileNotFoundError:
        pass  # it has ended meanwhile
    except PermissionError:
        pass  # not even the Engine's root may look at it: the Engine has not started it
`;

/** Looks into a container's network namespace. */
export async function lookInto(container: string): Promise<Intrusion> {
  const found = await docker(
    ...["run", "--rm", "--network", `container:${container}`, "--pid", "host"],
    // Whose namespace a process is in, only one with all capabilities may read.
    ...["--privileged", "--user", "0"],
    ...["sidestep-sidecar", "python3", "-c", LIST],
  );
  const own = await pidsOf(container);
  const of = (kind: string) =>
    found
      .split("\n")
      .filter((line) => line.startsWith(`${kind} `))
      .map((line) => line.slice(kind.length + 1));
  return {
    tables: of("table").filter((line) => line.includes("sidestep")),
    processes: of("process").filter(
      (line) => !own.includes(line.split(" ")[0] ?? ""),
    ),
  };
}

async function pidsOf(container: string): Promise<string[]> {
  const table = await docker("top", container, "-eo", "pid");
  return table
    .split("\n")
    .slice(1)
    .map((line) => line.trim());
}
