import type { Breakpoint } from "../../sidecar/schema/index.js";
import { formatAge } from "./age.js";
import { shortLine } from "./location.js";
import { printable } from "../../sidecar/schema/printable.js";

/** Where a breakpoint is, as the replica found it; before that, as it was asked for. */
export function breakpointLocation(
  { spec, status }: Breakpoint,
  full: boolean,
): string {
  const [first] = status.locations;
  if (!first || status.state === "Ambiguous") return spec.at;
  return full ? `${first.file}:${first.line}` : shortLine(first);
}

/** How a breakpoint stands, on one line: `Verified: /app/shop/views.py:42 in order_detail`. */
export function breakpointState(breakpoint: Breakpoint): string {
  const { state, message, locations } = breakpoint.status;
  if (state !== "Verified" || locations.length === 0) {
    return [state, message].filter(Boolean).join(": ");
  }
  const functions = locations.map((location) => location.function);
  const where = `${breakpointLocation(breakpoint, true)} in ${functions.join(", ")}`;
  return `${state}: ${where}${message ? ` (${message})` : ""}`;
}

/** Everything about a breakpoint, for people. */
export function describeBreakpoint(
  { metadata, spec, status }: Breakpoint,
  now: number,
): string {
  const age = formatAge(metadata.creationTimestamp, now);
  return [
    field("Name", metadata.name),
    field("Session", spec.session),
    field("Created", `${metadata.creationTimestamp} (${age} ago)`),
    field("At", spec.at),
    field("Condition", spec.if),
    field("Log", spec.log, "<none: it pauses>"),
    field("State", status.state),
    field("Message", status.message),
    field("Hits", status.hits),
    status.locations.length === 0
      ? field("Locations", undefined)
      : field("Locations", "").trimEnd() +
        "\n" +
        status.locations
          .map(({ file, line, function: name }) =>
            printable(`  ${file}:${line}${name && ` in ${name}`}`),
          )
          .map((line) => `${line}\n`)
          .join(""),
  ].join("");
}

const LABEL_WIDTH = 14;

function field(
  label: string,
  value: string | number | undefined,
  none = "<none>",
): string {
  const shown = value === undefined ? none : String(value);
  return `${`${label}:`.padEnd(LABEL_WIDTH)}${printable(shown)}\n`;
}
