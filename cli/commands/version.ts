import { Command } from "commander";
import type { Cli } from "../cli.js";
import { withExamples } from "../flags.js";
import { formatData, parseOutput } from "../print/output.js";

const FORMATS = ["json", "yaml"] as const;

interface VersionOptions {
  client: boolean;
  output: (typeof FORMATS)[number] | undefined;
}

/** `sidestep version`: of the client, and of the sidecar it finds. */
export function versionCommand(cli: Cli): Command {
  const command = new Command("version")
    .description(
      "Print the versions of the client, the sidecar and the Docker Engine",
    )
    .option("--client", "only the client's, asking nobody")
    .option("-o, --output <format>", `one of ${FORMATS.join(", ")}`)
    .action((flags: { client?: boolean; output?: string }) =>
      run(cli, {
        client: flags.client ?? false,
        output: parseOutput(flags.output, FORMATS),
      }),
    );
  return withExamples(command, [
    ["All versions", "sidestep version"],
    ["The client's, for programs", "sidestep version --client -o json"],
  ]);
}

async function run(
  cli: Cli,
  { client, output }: VersionOptions,
): Promise<void> {
  const { out } = cli.streams;
  const clientVersion = { version: cli.version, node: process.versions.node };
  // Printed first: of use just when the sidecar cannot be reached.
  if (!output) out.write(`Client Version: v${clientVersion.version}\n`);
  if (client) {
    if (output) out.write(await formatData(output, { clientVersion }));
    return;
  }
  const serverVersion = await (await cli.connect()).version();
  if (output) {
    out.write(await formatData(output, { clientVersion, serverVersion }));
    return;
  }
  const { engine } = serverVersion;
  out.write(`Server Version: v${serverVersion.version}\n`);
  out.write(`Engine Version: ${engine.version} (API ${engine.apiVersion})\n`);
}
