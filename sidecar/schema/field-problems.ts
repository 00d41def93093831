import type { z } from "zod";
import { fieldsOf, type Field } from "./fields.js";
import { nearest } from "./nearest.js";

/** What is wrong with one field of an object. */
export interface FieldProblem {
  /** Where: keys and indices. */
  path: (string | number)[];
  message: string;
}

/** What a schema has against a value, an unknown field with the nearest one that there is. */
export function fieldProblems(
  schema: z.ZodType,
  { issues }: z.ZodError,
): FieldProblem[] {
  return issues.flatMap((issue): FieldProblem[] => {
    const path = issue.path as (string | number)[];
    if (issue.code === "unrecognized_keys") {
      const known = knownFields(schema, path);
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: unknownField(path, key, known),
      }));
    }
    const at = written(path);
    const message = inWords(issue.message);
    return [{ path, message: at ? `${at}: ${message}` : message }];
  });
}

/** What is not there is missing: nobody has written `undefined`. */
function inWords(message: string): string {
  const [, type] = /expected (.*), received undefined$/.exec(message) ?? [];
  return type === undefined ? message : `is missing: expected ${type}`;
}

function unknownField(
  path: (string | number)[],
  key: string,
  known: string[],
): string {
  const at = (name: string) => written([...path, name]);
  const near = nearest(key, known);
  if (near) return `unknown field "${at(key)}", did you mean "${at(near)}"?`;
  return `unknown field "${at(key)}", there are: ${known.join(", ")}`;
}

/** Such as `spec.match[0].header`. */
function written(path: (string | number)[]): string {
  return path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("")
    .replace(/^\./, "");
}

/** The fields that a schema knows at a path; those of a list are of each in it. */
function knownFields(schema: z.ZodType, path: (string | number)[]): string[] {
  let at: Field | undefined = fieldsOf(schema);
  for (const step of path) {
    if (typeof step === "string") at = at?.fields?.[step];
  }
  return Object.keys(at?.fields ?? {});
}
