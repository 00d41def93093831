/** The word with which the installed plugin calls this command. */
export const PLUGIN_WORD = "docker-cli-plugin";

/** Flags of docker's own, before the plugin's name, that take a value. */
const WITH_VALUE = ["--config", "--context", "--host", "--log-level"];
const TLS_WITH_VALUE = ["--tlscacert", "--tlscert", "--tlskey"];
const SHORT: Record<string, string> = {
  "-c": "--context",
  "-H": "--host",
  "-l": "--log-level",
};

/** A command line as sidestep takes it, and what of the environment it sets. */
export interface Called {
  argv: string[];
  env: Record<string, string>;
}

/**
 * What docker calls a plugin with (its own flags, the plugin's name, the rest)
 * as a command line of sidestep; any other command line as it is.
 */
export function fromDocker(argv: string[]): Called {
  if (argv[0] !== PLUGIN_WORD) return { argv, env: {} };
  const words = argv.slice(1);
  const env: Record<string, string> = {};
  const flags: string[] = [];
  while (words.length > 0) {
    const word = words.shift() ?? "";
    if (word === "sidestep") break;
    const [written = "", joined] = split(word);
    const flag = SHORT[written] ?? written;
    if (![...WITH_VALUE, ...TLS_WITH_VALUE].includes(flag)) continue;
    const value = joined ?? words.shift() ?? "";
    if (flag === "--context") flags.push("--context", value);
    if (flag === "--host") env["DOCKER_HOST"] = value;
    if (flag === "--config") env["DOCKER_CONFIG"] = value;
  }
  return { argv: [...flags, ...words], env };
}

function split(word: string): [string, string?] {
  const at = word.indexOf("=");
  return at < 0 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}
