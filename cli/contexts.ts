import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type {
  ChosenContext,
  DockerContext,
  DockerEnvironment,
} from "../docker/engine/reach/contexts.js";

/** Docker's contexts, and which one sidestep uses. */
export interface Contexts {
  list(): Promise<DockerContext[]>;
  /** The one that is used without a flag, or with it. */
  current(flag?: string): Promise<ChosenContext>;
  /** What `use-context` chose, for sidestep alone. */
  own(): string | undefined;
  /** Remembers a choice; undefined: as docker has it. */
  use(name: string | undefined): void;
  /** Where docker looks for a user's plugins. */
  pluginFolder(): Promise<string>;
}

/** What of the environment says where configuration is. */
interface Environment extends DockerEnvironment {
  XDG_CONFIG_HOME?: string | undefined;
}

/** Contexts from docker's files; the own choice is in a file of sidestep's. */
export function fileContexts(env: Environment): Contexts {
  const path = ownFile(env);
  const load = () => import("../docker/engine/reach/contexts.js");
  const own = () => readOwn(path);
  return {
    own,
    list: async () => (await load()).listContexts(env),
    current: async (flag) =>
      (await load()).chooseContext(env, { flag, own: own() }),
    pluginFolder: async () =>
      join((await load()).configFolder(env), "cli-plugins"),
    use(name) {
      if (name === undefined) return rmSync(path, { force: true });
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, `${JSON.stringify({ currentContext: name })}\n`);
    },
  };
}

/** Where sidestep keeps what it was told to remember. */
export function ownFile({ XDG_CONFIG_HOME, HOME }: Environment): string {
  const folder = XDG_CONFIG_HOME || join(HOME || "/", ".config");
  return join(folder, "sidestep/config.json");
}

function readOwn(path: string): string | undefined {
  try {
    const { currentContext } = JSON.parse(readFileSync(path, "utf8")) as {
      currentContext?: unknown;
    };
    return typeof currentContext === "string" ? currentContext : undefined;
  } catch {
    return undefined; // nothing was chosen
  }
}
