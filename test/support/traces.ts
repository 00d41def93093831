/**
 * What debugging could leave on a machine and in a container, a line each, to be
 * compared with what was there before.
 */
import { readdir, readFile, readlink } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { run } from "../e2e/support/run.js";

/** Set in a test's own process: whatever it starts has it too, and its children. */
const MARK = "SIDESTEP_TEST_MARK";

/** What is started to look is not what is looked for. */
const LOOKING = { env: { [MARK]: "" } };

/** Processes that are started from here on are told from all others by this. */
export function mark(name: string): void {
  process.env[MARK] = name;
}

/**
 * The machine: containers, networks, volumes and images of the Engine, our rules in
 * every network namespace, processes that marked ones started, files of ours.
 */
export async function machine(): Promise<string[]> {
  const list = (kind: string, format: string, ...args: string[]) =>
    of(kind, look("docker", ...args, "--no-trunc", "--format", format));
  const parts = await Promise.all([
    list("container", "{{.Names}} {{.ID}}", "ps", "-a"),
    list("network", "{{.Name}} {{.ID}}", "network", "ls"),
    of("volume", look("docker", "volume", "ls", "-q")),
    list("image", "{{.Repository}}:{{.Tag}} {{.ID}}", "images"),
    rules(),
    marked(),
    files(),
  ]);
  // The Engine's own network is made anew at each start of it.
  const lines = parts
    .flat()
    .map((line) => line.replace(/^(network bridge) .*/, "$1"));
  return lines.sort();
}

/**
 * One running container: its processes, its listeners, addresses and routes, all rules
 * in its network, the files that were changed in it, and those of its memory.
 */
export async function traceOf(container: string): Promise<string[]> {
  const format =
    "{{.State.Pid}} {{.State.Paused}} {{.GraphDriver.Data.UpperDir}}";
  const state = await look("docker", "inspect", "-f", format, container);
  const [pid = "", paused, layer = ""] = state.split(" ");
  // First, and alone: what looks at the network is in it.
  const parts = [await processesLike(pid)];
  parts.push(
    await network(pid),
    await changedFiles(container, layer, pid),
    await memory(pid),
  );
  // Workers come and go: what runs counts, not how often.
  return [...new Set([`paused: ${paused}`, ...parts.flat()])].sort();
}

/** What came, and with `gone` also what went, as `+ line` and `- line`. */
export function difference(
  before: string[],
  after: string[],
  { gone = false } = {},
): string[] {
  const came = after.filter((line) => !before.includes(line));
  const went = before.filter(
    (line) => gone && !after.includes(line) && !line.startsWith("exec "),
  );
  return [
    ...came.map((line) => `+ ${line}`),
    ...went.map((line) => `- ${line}`),
  ];
}

const look = (command: string, ...args: string[]) =>
  run(command, args, LOOKING);

const linesOf = (text: string): string[] => text.split("\n").filter(Boolean);

async function of(kind: string, text: Promise<string>): Promise<string[]> {
  return linesOf(await text).map((line) => `${kind} ${line.trim()}`);
}

/** The processes of this machine, those in containers too. */
async function pids(): Promise<string[]> {
  return (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
}

const namespace = (pid: string, kind: string) =>
  readlink(`/proc/${pid}/ns/${kind}`).catch(() => "");

async function commandOf(pid: string): Promise<string> {
  const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
  return text.split("\0").join(" ").trim();
}

/** The network namespace of a process, such as `net:[4026531840]`. */
export const networkOf = (pid: number | string) => namespace(`${pid}`, "net");

/** Our tables in each network namespace that a process has. */
export async function rulesOfAll(): Promise<
  { table: string; network: string }[]
> {
  const holders = new Map<string, string>();
  for (const pid of await pids()) {
    const network = await networkOf(pid);
    if (network && !holders.has(network)) holders.set(network, pid);
  }
  const all = await Promise.all(
    [...holders].map(async ([network, pid]) => {
      // One that has ended meanwhile has none.
      const tables = await tablesIn(pid).catch(() => []);
      return tables.map((table) => ({ table, network }));
    }),
  );
  return all.flat();
}

/** Our tables in the network namespace of a process. */
export async function tablesIn(pid: string): Promise<string[]> {
  const tables = await look("nsenter", "-t", pid, "-n", ...TABLES);
  return linesOf(tables).filter((table) => table.includes("sidestep"));
}

const TABLES = ["nft", "list", "tables"];

const rules = async () =>
  (await rulesOfAll()).map(({ table, network }) => `rules ${table} ${network}`);

const MARKED = new RegExp(`(^|\0)${MARK}=[^\0]`);

/** Processes that a marked one has started: what they were given says so. */
async function marked(): Promise<string[]> {
  const all = await Promise.all(
    (await pids()).map(async (pid) => {
      const given = await readFile(`/proc/${pid}/environ`, "utf8").catch(
        () => "",
      );
      if (!MARKED.test(given)) return [];
      const command = await commandOf(pid);
      return PASSING.test(command) ? [] : [`process ${pid} ${command}`];
    }),
  );
  return all.flat();
}

/** One that is ending has no command any more; the others are kept by the test runner. */
const PASSING = /^$|esbuild.* --service|\(vitest|vitest\//;

/** Files with our name where programs put theirs. */
async function files(): Promise<string[]> {
  const home = homedir();
  const folders = [
    ...[tmpdir(), "/run", "/var/run", "/var/lib", "/etc"],
    ...[home, `${home}/.config`, `${home}/.cache`, `${home}/.local/share`],
    `${home}/.docker/cli-plugins`,
  ];
  const all = await Promise.all(
    [...new Set(folders)].map(async (folder) =>
      (await readdir(folder).catch(() => []))
        .filter((name) => name.includes("sidestep"))
        .map((name) => `file ${folder}/${name}`),
    ),
  );
  return all.flat();
}

/**
 * Commands of the processes in the same PID or network namespace: `exec` is one that
 * was put there, as health checks are.
 */
async function processesLike(pid: string): Promise<string[]> {
  const kinds = ["pid", "net"] as const;
  const shared: [kind: string, namespace: string][] = [];
  for (const kind of kinds) {
    const its = await namespace(pid, kind);
    if (its !== (await namespace("self", kind))) shared.push([kind, its]);
  }
  const lines: string[] = [];
  for (const each of await pids()) {
    for (const [kind, its] of shared) {
      if ((await namespace(each, kind)) !== its) continue;
      const command = await commandOf(each);
      if (PASSING.test(command)) break;
      const own = await descends(each, pid);
      lines.push(`${own ? "process" : "exec"} ${command}`);
      break;
    }
  }
  return lines;
}

/** Whether a process is another, or was started by it or its children. */
async function descends(pid: string, from: string): Promise<boolean> {
  for (let at = pid; at !== "0" && at !== "";) {
    if (at === from) return true;
    const stat = await readFile(`/proc/${at}/stat`, "utf8").catch(() => "");
    at = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? "";
  }
  return false;
}

/**
 * Addresses, rules and routes of a process's network, and who listens there. Not what
 * changes with each start: numbers of links, and addresses made from their MAC.
 */
async function network(pid: string): Promise<string[]> {
  const inside = (...command: string[]) =>
    look("nsenter", "-t", pid, "-n", ...command);
  const parts = await Promise.all([
    of("rule", inside("nft", "--stateless", "list", "ruleset")),
    of("policy", inside("ip", "rule")),
    of("policy", inside("ip", "-6", "rule")),
    of("route", inside("ip", "-4", "route", "show", "table", "all")),
    of("address", inside("ip", "-br", "-4", "address")),
    of("listens", inside("ss", "-Hlntu")),
  ]);
  return parts.flat().map((line) =>
    line
      .replace(/\s+/g, " ")
      // The Engine's name server has other ports after each start.
      .replace(/(127\.0\.0\.11.*(?::| sport ))\d{4,}/, "$1*")
      .replace(/^(address \S+?)@\S+/, "$1")
      // How much waits to be accepted changes by itself.
      .replace(/^(listens \w+ \w+) \d+ \d+/, "$1"),
  );
}

/** What was written in a container: its own layer, where the Engine's driver shows one. */
async function changedFiles(
  container: string,
  layer: string,
  pid: string,
): Promise<string[]> {
  const options = { recursive: true, withFileTypes: true } as const;
  const written = await readdir(layer, options).catch(() => null);
  // The Engine may compare all files of the image: half a second, each time.
  if (!written) return of("file", look("docker", "diff", container));
  // It puts empty files there to mount something on, also where one only reads.
  const mounts = linesOf(await readFile(`/proc/${pid}/mountinfo`, "utf8")).map(
    (line) => line.split(" ")[4],
  );
  return written
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => `${parentPath.slice(layer.length)}/${name}`)
    .filter((path) => !mounts.includes(path))
    .map((path) => `file ${path}`);
}

/** Files of a container that are in no layer of it. */
async function memory(pid: string): Promise<string[]> {
  const folders = ["dev/shm", "tmp", "run"];
  const all = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(`/proc/${pid}/root/${folder}`).catch(() => [])).map(
        (name) => `memory /${folder}/${name}`,
      ),
    ),
  );
  return all.flat();
}
