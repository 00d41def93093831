import { badSelector } from "../output-errors.js";

/** One condition of a label's value; all of a selector's must hold. */
export interface Requirement {
  key: string;
  operator: "in" | "notin" | "exists" | "missing";
  values: string[];
}

const VALUE = /^([A-Za-z0-9]([A-Za-z0-9_./-]*[A-Za-z0-9])?)?$/;

/** Reads `-l`: `a=b,c!=d,e in (f,g),h notin (i),j,!k`. */
export function parseSelector(text: string): Requirement[] {
  return split(text).map(parseRequirement);
}

/** Whether an object has all that is required; what it has not, is not equal to anything. */
export function selects(
  requirements: Requirement[],
  labels: Record<string, string> | undefined,
): boolean {
  return requirements.every(({ key, operator, values }) => {
    const value =
      labels && Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case "in":
        return value !== undefined && values.includes(value);
      case "notin":
        return value === undefined || !values.includes(value);
      case "exists":
        return value !== undefined;
      case "missing":
        return value === undefined;
    }
  });
}

function parseRequirement(text: string): Requirement {
  const [, not, key = "", rest = ""] =
    /^\s*(!?)\s*([A-Za-z0-9][A-Za-z0-9_./-]*)?(.*)$/s.exec(text) ?? [];
  if (key === "") throw badSelector(text.trim(), "a label's key");
  const condition = rest.trim();
  if (condition === "") {
    return { key, operator: not ? "missing" : "exists", values: [] };
  }
  if (not) throw badSelector(condition, "',' or the end");
  const [, sign, value] = /^(==?|!=)\s*(.*)$/s.exec(condition) ?? [];
  if (sign !== undefined) {
    const values = [checked(value ?? "")];
    return { key, operator: sign === "!=" ? "notin" : "in", values };
  }
  const [, word, list] = /^(in|notin)\b\s*(.*)$/s.exec(condition) ?? [];
  if (word === undefined) {
    throw badSelector(condition, "in, notin, =, ==, !=");
  }
  const [, inner] = /^\((.*)\)$/s.exec(list ?? "") ?? [];
  if (inner === undefined) throw badSelector(list ?? "", "'(' values ')'");
  const values = inner.split(",").map((each) => checked(each.trim()));
  return { key, operator: word === "in" ? "in" : "notin", values };
}

function checked(value: string): string {
  if (!VALUE.test(value)) throw badSelector(value, "a label's value");
  return value;
}

/** At the commas that are not within parentheses. */
function split(text: string): string[] {
  const parts = [""];
  let depth = 0;
  for (const char of text) {
    if (char === "(") depth += 1;
    if (char === ")") depth -= 1;
    if (char === "," && depth === 0) parts.push("");
    else parts[parts.length - 1] += char;
  }
  return parts;
}
