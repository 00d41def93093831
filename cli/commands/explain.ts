import { Command } from "commander";
import { API_VERSION } from "../../sidecar/schema/constants.js";
import type { Field } from "../../sidecar/schema/fields.js";
import type { Cli } from "../cli.js";
import { usage } from "../errors.js";
import { unknownField } from "../output-errors.js";
import { commandPath, withExamples } from "../flags.js";
import { nearest } from "../../sidecar/schema/nearest.js";
import { formatExplained } from "../print/explain.js";
import {
  kindOf,
  listTypes,
  parseType,
  type ResourceType,
} from "../resources.js";

interface ExplainOptions {
  type: ResourceType;
  path: string[];
  recursive: boolean;
}

/** `sidestep explain`: what the fields of a type mean. */
export function explainCommand(cli: Cli): Command {
  const command = new Command("explain")
    .description(
      `Tell what the fields of ${listTypes("and")} mean, asking nobody`,
    )
    .argument("[type.field]", "TYPE, or TYPE.FIELD.FIELD…")
    .option("--recursive", "the fields of fields too, without descriptions")
    .action((word: string | undefined, flags: { recursive?: boolean }) =>
      run(cli, complete(commandPath(command), word, flags)),
    );
  return withExamples(command, [
    ["What a session is made of", "sidestep explain session"],
    ["How requests are matched", "sidestep explain session.spec.match"],
    ["Everything about a pause", "sidestep explain pause --recursive"],
  ]);
}

function complete(
  path: string,
  word: string | undefined,
  flags: { recursive?: boolean },
): ExplainOptions {
  if (!word) {
    throw usage(
      path,
      `You must specify the type of resource to explain: ${listTypes("or")}.`,
    );
  }
  const [type = "", ...fields] = word.split(".").filter(Boolean);
  return {
    type: parseType(type),
    path: fields.map((name) => name.replace(/\[\d*\]$/, "")),
    recursive: flags.recursive ?? false,
  };
}

async function run(cli: Cli, options: ExplainOptions): Promise<void> {
  // With it comes zod, which nothing else here needs.
  const { explainType } = await import("../explain.js");
  const { type, path, recursive } = options;
  let field = explainType(type);
  path.forEach((name, index) => {
    field = inside(field, type, path.slice(0, index + 1), name);
  });
  const explained = {
    kind: kindOf(type),
    version: API_VERSION,
    name: path.at(-1),
    field,
  };
  cli.streams.out.write(formatExplained(explained, recursive));
}

function inside(
  field: Field,
  type: ResourceType,
  path: string[],
  name: string,
): Field {
  const fields = field.fields ?? {};
  const found = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (found) return found;
  const names = Object.keys(fields);
  const above = [type, ...path.slice(0, -1)].join(".");
  throw unknownField(name, above, names, nearest(name, names));
}
