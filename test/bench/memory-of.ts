import { docker } from "../e2e/support/run.js";
import { megabytes } from "./numbers.js";

/** What a process takes, in MB. */
export interface Memory {
  /** All of its pages that are in memory, those that it shares with others included (RSS). */
  resident: number;
  /** Of the shared ones only its part (PSS): what would be gained if it ended. */
  proportional: number;
}

/** Sizes of the oldest process, by its start, whose command line holds a text. */
const MEASURE = `
import os, sys
found = []
for pid in filter(str.isdigit, os.listdir("/proc")):
    try:
        line = open("/proc/%s/cmdline" % pid).read().replace("\\0", " ")
        if sys.argv[1] in line and int(pid) != os.getpid():
            sizes = dict(l.split(":", 1) for l in open("/proc/%s/smaps_rollup" % pid) if ":" in l)
            start = int(open("/proc/%s/stat" % pid).read().rpartition(")")[2].split()[19])
            found.append((start, sizes["Rss"].split()[0], sizes["Pss"].split()[0]))
    except FileNotFoundError:
        pass  # it has ended meanwhile
print(*min(found)[1:])
`;

/** The memory of the process of a container that runs a program; of its forks, of the oldest. */
export async function memoryOf(
  container: string,
  program: string,
): Promise<Memory> {
  const printed = await docker(
    ...["run", "--rm", "--pid", `container:${container}`],
    // Another's maps are readable only for one who may trace it.
    ...["--privileged", "--user", "0"],
    ...["sidestep-sidecar", "python3", "-c", MEASURE, program],
  );
  const [resident, proportional] = printed.split(" ").map(Number);
  if (!resident || !proportional) {
    throw new Error(`${container} does not run ${program}: ${printed}`);
  }
  return {
    resident: megabytes(resident),
    proportional: megabytes(proportional),
  };
}
