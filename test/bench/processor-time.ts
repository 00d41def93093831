import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** The account of what a container's processes have had of the processors. */
export interface Account {
  /** Microseconds, all of its processes, since it was started. */
  read(): Promise<number>;
  close(): void;
}

/**
 * Answers each line with the account as it stands, by what the shell has built
 * in: a `docker exec` for each would be on the account itself, with some
 * 20 ms, which is as much as is to be found.
 */
const ANSWER = `
cd /sys/fs/cgroup
while read -r _; do
  if [ -e cpu.stat ]; then read -r _ used < cpu.stat; echo "$used"
  else read -r used < cpuacct/cpuacct.usage; echo "\${used}n"
  fi
done`;

/** Opens the account of a container that has a shell. */
export function openAccount(container: string): Account {
  const shell = spawn("docker", ["exec", "-i", container, "sh", "-c", ANSWER], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: shell.stdout })[
    Symbol.asyncIterator
  ]();
  return {
    read: async () => {
      shell.stdin.write("\n");
      const line = await lines.next();
      const micro = line.done ? NaN : microseconds(line.value);
      if (!micro) throw new Error(`${container} has no account: ${line.value}`);
      return micro;
    },
    close: () => shell.stdin.end(),
  };
}

/** Of cgroup v2 as they are; those of v1 are nanoseconds, marked so. */
function microseconds(text: string): number {
  const nano = /^(\d+)n$/.exec(text)?.[1];
  return nano === undefined ? Number(text) : Number(nano) / 1000;
}
