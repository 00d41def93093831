import type { SessionSpec } from "./session.js";

type Field = keyof SessionSpec;

/** What a replica is made from: a change of these makes a new one. All else is in the routing table. */
export const OF_REPLICA = [
  "target",
  "port",
  "env",
  "command",
  "original",
  "concurrency",
  "onException",
] as const satisfies Field[];

/** The fields in which two specs differ, in the order of the alphabet. */
export function changedFields(before: SessionSpec, after: SessionSpec) {
  const fields = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...(fields as Set<Field>)]
    .filter((field) => canonical(before[field]) !== canonical(after[field]))
    .sort();
}

/** Those of some fields that a running replica cannot take over. */
export function replacing(fields: Field[]): Field[] {
  return fields.filter((field) => OF_REPLICA.some((each) => each === field));
}

/** The same text for the same value, in whatever order its keys are. */
export function canonical(value: unknown): string {
  return (
    JSON.stringify(value, (_key, each: unknown) =>
      typeof each === "object" && each !== null && !Array.isArray(each)
        ? Object.fromEntries(
            Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)),
          )
        : each,
    ) ?? ""
  );
}
