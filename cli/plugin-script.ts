import { PLUGIN_WORD } from "./plugin-arguments.js";
import { shellQuote } from "./shell-quote.js";

/** The name under which docker finds it. */
export const PLUGIN_FILE = "docker-sidestep";

/** By this line a file is known to be ours. */
const MARK = "# Installed by: sidestep plugin install";

/**
 * What docker runs. It asks each plugin who it is for every `docker help`: that
 * is answered without Node.
 */
export function pluginScript(
  node: string,
  sidestep: string,
  version: string,
): string {
  const metadata = JSON.stringify({
    SchemaVersion: "0.1.0",
    Vendor: "sidestep",
    Version: `v${version}`,
    ShortDescription: "Debug a web application where it runs",
  });
  return `#!/bin/sh
${MARK}
if [ "$1" = docker-cli-plugin-metadata ]; then
  echo ${shellQuote(metadata)}
  exit
fi
exec ${shellQuote(node)} ${shellQuote(sidestep)} ${PLUGIN_WORD} "$@"
`;
}

/** Whether a file is a plugin of ours, of whatever version. */
export const isOurPlugin = (text: string): boolean => text.includes(MARK);
