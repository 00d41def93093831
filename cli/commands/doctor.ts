import { Command } from "commander";
import type { ReachedEngine } from "../../docker/engine/reach/index.js";
import type { Cli } from "../cli.js";
import { failure, type Check } from "../doctor/check.js";
import { explainEngine, placeOf } from "../engine-errors.js";
import { unhealthy, UserError } from "../errors.js";
import { withExamples } from "../flags.js";
import { formatData, parseOutput } from "../print/output.js";
import { printable } from "../../sidecar/schema/printable.js";
import { showSteps } from "../steps.js";

const FORMATS = ["json", "yaml"] as const;

interface DoctorOptions {
  output: (typeof FORMATS)[number] | undefined;
  fix: boolean;
}

/** `sidestep doctor`: looks whether everything is as sessions need it. */
export function doctorCommand(cli: Cli): Command {
  const command = new Command("doctor")
    .description(
      "Look whether the Engine, the kernel, the sidecar and the targets are as sessions need them;\nexit code 1 if anything fails",
    )
    .option("-o, --output <format>", `one of ${FORMATS.join(", ")}`)
    .option(
      "--fix",
      "first take away what dead sidecars have left, of any version: containers, volumes, rules; thaw what they froze",
    )
    .action((flags: { output?: string; fix?: boolean }) =>
      run(cli, {
        output: parseOutput(flags.output, FORMATS),
        fix: flags.fix ?? false,
      }),
    );
  return withExamples(command, [
    ["Everything, with what to do about it", "sidestep doctor"],
    [
      "After a sidecar was killed together with its guard",
      "sidestep doctor --fix",
    ],
    ["For programs", "sidestep doctor -o json"],
  ]);
}

async function run(cli: Cli, { output, fix }: DoctorOptions): Promise<void> {
  const { out, err } = cli.streams;
  const checks: Check[] = [];
  for await (const some of examine(cli, fix ? showSteps(cli) : undefined)) {
    checks.push(...some);
    if (!output) out.write(some.map(lineOf).join(""));
  }
  if (output) {
    out.write(
      await formatData(output, { kind: "DoctorReport", items: checks }),
    );
  }
  const count = (status: Check["status"]) =>
    checks.filter((check) => check.status === status).length;
  const failures = count("failure");
  err.write(
    `${plural(failures, "failure")}, ${plural(count("warning"), "warning")}\n`,
  );
  if (failures > 0) throw unhealthy();
}

/**
 * All checks, in the order in which each rests on those before.
 * @param fix puts right what it may first, and is told of each
 */
async function* examine(
  cli: Cli,
  fix?: (line: string) => void,
): AsyncGenerator<Check[]> {
  let engine: ReachedEngine;
  try {
    engine = await cli.engine();
  } catch (error) {
    yield [engineFailure(explainEngine(error))];
    return;
  }
  try {
    const { judgeCompose, judgeEngine } = await import("../doctor/engine.js");
    const { checkKernel, checkLeftovers, checkTargets, imageToLookWith } =
      await import("../doctor/look.js");
    const { checkSidecars } = await import("../doctor/sidecars.js");
    const { composeVersion } = await import("../doctor/compose.js");
    yield [judgeEngine(await engine.version(), placeOf(engine))];
    yield [judgeCompose(await composeVersion())];
    const sidecars = () => engine.list(["sidestep.role=sidecar"]);
    // That of one that is about to go, too.
    const image = await imageToLookWith(engine, await sidecars());
    if (fix) {
      const { fixLeftovers } = await import("../doctor/fix.js");
      await fixLeftovers(engine, fix);
    }
    yield await checkSidecars(cli, await sidecars());
    yield await checkKernel(engine, image);
    yield [await checkLeftovers(engine)];
    yield await checkTargets(engine, image, fix);
  } catch (error) {
    yield [engineFailure(explainEngine(error, placeOf(engine)))];
  } finally {
    engine.close();
  }
}

function engineFailure(error: unknown): Check {
  if (!(error instanceof UserError)) throw error;
  const message = error.message.replace(/^error: /, "");
  const fix = (error.hint ?? "docker version").replace(/^try: /, "");
  return failure("engine", message, fix);
}

function lineOf({ check, status, message, fix }: Check): string {
  const line = `${status.padEnd(9)}${check}: ${printable(message)}\n`;
  return fix ? `${line}         fix: ${printable(fix)}\n` : line;
}

const plural = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? "" : "s"}`;
