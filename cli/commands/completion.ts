import { Argument, Command } from "commander";
import type { Cli } from "../cli.js";
import { SCRIPTS, SHELLS, type Shell } from "../completion/scripts.js";
import { unsupportedShell, usage } from "../errors.js";
import { commandPath, withExamples } from "../flags.js";

/** `sidestep completion`: the script that teaches a shell. */
export function completionCommand(cli: Cli): Command {
  const shells = new Argument("[shell]", `${SHELLS.join(", ")}`);
  shells.argChoices = [...SHELLS];
  const command = new Command("completion")
    .description(
      "Print what teaches a shell to complete commands, flags, types and names",
    )
    .addArgument(shells)
    .action((shell: string | undefined) =>
      run(cli, complete(commandPath(command), shell)),
    );
  return withExamples(command, [
    ["In this bash", "source <(sidestep completion bash)"],
    [
      "In every bash",
      "sidestep completion bash > ~/.local/share/bash-completion/completions/sidestep",
    ],
    ["In every zsh", 'sidestep completion zsh > "${fpath[1]}/_sidestep"'],
    [
      "In every fish",
      "sidestep completion fish > ~/.config/fish/completions/sidestep.fish",
    ],
  ]);
}

function complete(path: string, word: string | undefined): Shell {
  if (word === undefined) {
    throw usage(path, `shell not specified: ${SHELLS.join(", ")}`);
  }
  const shell = SHELLS.find((each) => each === word);
  if (!shell) throw unsupportedShell(word, [...SHELLS]);
  return shell;
}

function run(cli: Cli, shell: Shell): void {
  cli.streams.out.write(SCRIPTS[shell]);
}
