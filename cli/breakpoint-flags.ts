import { Option, type Command } from "commander";
import type { BreakpointSpec } from "../sidecar/schema/breakpoint.js";
import { badFlag, usage } from "./errors.js";
import { flagWithoutBreakpoint } from "./session-errors.js";
import { commandPath } from "./flags.js";

const ACCEPTED =
  "must be FILE:LINE, such as shop/views.py:42; the end of a path is enough";

const IF = "stop only where this expression of the app's language is true";
const LOG =
  "do not stop: print this to the log, {expressions} evaluated, such as 'total={order.total}'";

/** Reads FILE:LINE; `flag` is what it was given as. */
export function readLocation(
  path: string,
  flag: string,
  value: string,
): string {
  if (/^[^\0]+:[1-9]\d{0,6}$/.test(value)) return value;
  throw badFlag(path, flag, value, ACCEPTED);
}

/** The flags `--if` and `--log` of a command that makes one breakpoint. */
export function expressionOptions(command: Command): Command {
  return command.option("--if <expression>", IF).option("--log <message>", LOG);
}

/**
 * Adds `-b`, `--if` and `--log`, which may be given several times: the order
 * says which belong together. What they say is in the array that is returned.
 */
export function breakpointOptions(command: Command): BreakpointSpec[] {
  const breakpoints: BreakpointSpec[] = [];
  const belongs = (field: "if" | "log") => (text: string) => {
    const path = commandPath(command);
    const last = breakpoints.at(-1);
    if (!last) throw flagWithoutBreakpoint(path, `--${field}`);
    if (last[field] !== undefined) {
      throw usage(path, `--${field} is given twice for ${last.at}`);
    }
    last[field] = readExpression(path, field, text);
    return text;
  };
  command
    .addOption(
      new Option(
        "-b, --breakpoint <file:line>",
        "pause there, with no edit of the app; may be given several times",
      ).argParser((value) => {
        const path = commandPath(command);
        breakpoints.push({ at: readLocation(path, "--breakpoint", value) });
        return value;
      }),
    )
    .addOption(
      new Option("--if <expression>", `of the -b before it: ${IF}`).argParser(
        belongs("if"),
      ),
    )
    .addOption(
      new Option("--log <message>", `of the -b before it: ${LOG}`).argParser(
        belongs("log"),
      ),
    );
  return breakpoints;
}

/** Reads the value of `--if` or `--log`, which may not be empty. */
export function readExpression(
  path: string,
  field: "if" | "log",
  value: string,
): string {
  if (value.trim() !== "") return value;
  const accepted =
    field === "if"
      ? "must be an expression, such as 'order.total < 0'"
      : "must be a text, such as 'total={order.total}'";
  throw badFlag(path, `--${field}`, value, accepted);
}
