import {
  TemplateError,
  type Operator,
  type Path,
  type Slice,
  type Step,
} from "./path.js";

/** All values that a path finds; a field that is not there is nothing. */
export function evaluate(path: Path, root: unknown): unknown[] {
  return path.reduce<unknown[]>((values, step) => walk(step, values), [root]);
}

function walk(step: Step, values: unknown[]): unknown[] {
  switch (step.kind) {
    case "literal":
      return [step.value];
    case "field":
      return values.flatMap((value) => fieldOf(value, step.name));
    case "wildcard":
      return values.flatMap(children);
    case "recursive":
      return values.flatMap(withDescendants);
    case "slice":
      return values.flatMap((value) => sliceOf(value, step.slice));
    case "union":
      return step.paths.flatMap((path) =>
        values.flatMap((value) => evaluate(path, value)),
      );
    case "filter":
      return values.flatMap((value) => {
        if (value === undefined || value === null) return [];
        return listOf(value, "and cannot be filtered").filter((item) =>
          passes(step, item),
        );
      });
  }
}

function fieldOf(value: unknown, name: string): unknown[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return [];
  }
  const found = Object.hasOwn(value, name)
    ? (value as Record<string, unknown>)[name]
    : undefined;
  return found === undefined ? [] : [found];
}

function children(value: unknown): unknown[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).filter((each) => each !== undefined);
}

/** The value and all that is in it, where there is something in it. */
function withDescendants(value: unknown): unknown[] {
  const inside = children(value);
  return inside.length === 0 ? [] : [value, ...inside.flatMap(withDescendants)];
}

function sliceOf(value: unknown, slice: Slice): unknown[] {
  if (value === undefined || value === null) return [];
  const list = listOf(value, "");
  const { length } = list;
  const place = (index: number) => (index < 0 ? index + length : index);
  const from = place(slice.from ?? 0);
  if (slice.only) {
    if (from < 0 || from >= length) throw outOfBounds(slice.from ?? 0, length);
    return [list[from]];
  }
  const to = place(slice.to ?? length);
  if (from !== to) {
    if (from < 0 || from >= length) throw outOfBounds(from, length);
    if (to < 0 || to > length) throw outOfBounds(to - 1, length);
    if (from > to) {
      throw new TemplateError(
        `starting index ${from} is greater than ending index ${to}`,
      );
    }
  }
  const step = slice.step ?? 1;
  if (step <= 0) throw new TemplateError("step must be > 0");
  return list.slice(from, to).filter((_, index) => index % step === 0);
}

function outOfBounds(index: number, length: number): TemplateError {
  return new TemplateError(
    `array index out of bounds: index ${index}, length ${length}`,
  );
}

function listOf(value: unknown, why: string): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  const what = typeof value === "object" ? "an object" : JSON.stringify(value);
  throw new TemplateError(`${what} is not array or slice ${why}`.trimEnd());
}

function passes(
  { left, compare }: Extract<Step, { kind: "filter" }>,
  item: unknown,
): boolean {
  const lefts = evaluate(left, item);
  if (!compare) return lefts.length > 0;
  const rights = evaluate(compare.to, item);
  if (lefts.length > 1 || rights.length > 1) {
    throw new TemplateError("can only compare one element at a time");
  }
  if (lefts.length === 0 || rights.length === 0) return false;
  return holds(compare.operator, lefts[0], rights[0]);
}

function holds(operator: Operator, left: unknown, right: unknown): boolean {
  if (operator === "=~") {
    if (typeof left !== "string" || typeof right !== "string") {
      throw new TemplateError("=~ compares a text with a regular expression");
    }
    return regularExpression(right).test(left);
  }
  if (typeof left !== typeof right) {
    throw new TemplateError("incompatible types for comparison");
  }
  switch (operator) {
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case "<":
      return (left as string) < (right as string);
    case ">":
      return (left as string) > (right as string);
    case "<=":
      return (left as string) <= (right as string);
    case ">=":
      return (left as string) >= (right as string);
  }
}

function regularExpression(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw new TemplateError(`'${text}' is not a regular expression`);
  }
}
