/** One step of a path, from all values that the steps before it found. */
export type Step =
  | { kind: "field"; name: string }
  | { kind: "wildcard" }
  | { kind: "recursive" }
  | { kind: "slice"; slice: Slice }
  | { kind: "union"; paths: Path[] }
  | { kind: "filter"; left: Path; compare?: { operator: Operator; to: Path } }
  /** A text or number in place of whatever there was. */
  | { kind: "literal"; value: string | number | boolean };

/** `from:to:step` of a list; `only`: the one at `from`. */
export interface Slice {
  from?: number;
  to?: number;
  step?: number;
  only: boolean;
}

/** What values are looked up by. */
export type Path = Step[];

/** How a filter compares. */
export const OPERATORS = ["==", "!=", "<=", ">=", "=~", "<", ">"] as const;
export type Operator = (typeof OPERATORS)[number];

/** What is between two braces: a path, or what begins or ends a loop. */
export type Action =
  | { kind: "path"; path: Path }
  | { kind: "range"; path: Path }
  | { kind: "end" };

/** A template that cannot be read; the message is kubectl's. */
export class TemplateError extends Error {}
