import {
  chmod,
  mkdir,
  readFile,
  realpath,
  rm,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import type { Cli } from "../cli.js";
import { notOurPlugin } from "../up-errors.js";
import { withExamples } from "../flags.js";
import { isOurPlugin, PLUGIN_FILE, pluginScript } from "../plugin-script.js";

/** `sidestep plugin`: makes `docker sidestep` the same command. */
export function pluginCommand(cli: Cli): Command {
  const command = new Command("plugin").description(
    "Make this command a plugin of docker's: docker sidestep get sessions",
  );
  const where = "docker's folder of plugins (default: ~/.docker/cli-plugins)";
  command
    .addCommand(
      new Command("install")
        .description("Install it for this user; docker sidestep works then")
        .option("--dir <folder>", where)
        .action(({ dir }: { dir?: string }) => install(cli, dir)),
    )
    .addCommand(
      new Command("uninstall")
        .description("Take it away again")
        .option("--dir <folder>", where)
        .action(({ dir }: { dir?: string }) => uninstall(cli, dir)),
    )
    .action(() => command.help());
  return withExamples(command, [
    ["docker sidestep, from now on", "sidestep plugin install"],
    ["Not any more", "sidestep plugin uninstall"],
  ]);
}

async function install(cli: Cli, dir: string | undefined): Promise<void> {
  const path = await pathIn(cli, dir);
  const before = await readFile(path, "utf8").catch(() => undefined);
  if (before !== undefined && !isOurPlugin(before)) throw notOurPlugin(path);
  const script = await realpath(process.argv[1] ?? "");
  const text = pluginScript(process.execPath, script, cli.version);
  await mkdir(join(path, ".."), { recursive: true });
  await writeFile(path, text);
  await chmod(path, 0o755);
  const done = before === undefined ? "installed" : "installed again";
  cli.streams.out.write(`plugin/sidestep ${done}: ${path}\n`);
  cli.streams.err.write("try: docker sidestep version\n");
}

async function uninstall(cli: Cli, dir: string | undefined): Promise<void> {
  const path = await pathIn(cli, dir);
  const before = await readFile(path, "utf8").catch(() => undefined);
  if (before === undefined) {
    cli.streams.err.write(`it is not installed: there is no ${path}\n`);
    return;
  }
  if (!isOurPlugin(before)) throw notOurPlugin(path);
  await rm(path);
  cli.streams.out.write(`plugin/sidestep uninstalled: ${path}\n`);
}

async function pathIn(cli: Cli, dir: string | undefined): Promise<string> {
  return join(dir ?? (await cli.contexts.pluginFolder()), PLUGIN_FILE);
}
