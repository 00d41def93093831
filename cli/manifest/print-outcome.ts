import { API_VERSION } from "../../sidecar/schema/constants.js";
import type { Cli } from "../cli.js";
import { formatData } from "../print/output.js";
import type { DryRun, Outcome } from "./live.js";

const SUFFIX: Record<DryRun, string> = {
  none: "",
  client: " (dry run)",
  server: " (server dry run)",
};

/** Says what was done with one object; data comes at the end, in `printObjects`. */
export function printOutcome(
  { streams: { out, err } }: Cli,
  { name, action, replaced }: Outcome,
  output: "name" | "json" | "yaml" | undefined,
  dryRun: DryRun,
): void {
  if (output === "name") out.write(`${name}\n`);
  else if (!output) out.write(`${name} ${action}${SUFFIX[dryRun]}\n`);
  if (replaced.length === 0) return;
  const will = dryRun === "none" ? "is" : "would be";
  err.write(
    `${name}: ${replaced.join(", ")} cannot change in place: its replica ${will} made anew, its requests go to the original meanwhile\n`,
  );
}

/** The objects as data: one as it is, several as a list. */
export async function printObjects(
  { streams: { out } }: Cli,
  outcomes: Outcome[],
  output: "json" | "yaml",
): Promise<void> {
  const items = outcomes.map(({ object }) => object);
  const value =
    items.length === 1
      ? items[0]
      : { apiVersion: API_VERSION, kind: "List", items };
  out.write(await formatData(output, value));
}
