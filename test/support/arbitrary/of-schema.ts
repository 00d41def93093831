import fc from "fast-check";
import { z } from "zod";

/** What of JSON schema our schemas are written in. */
interface JsonSchema {
  type?: string;
  const?: unknown;
  enum?: unknown[];
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: JsonSchema | boolean;
  propertyNames?: JsonSchema;
  items?: JsonSchema;
  prefixItems?: JsonSchema[];
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
}

/** Values that a schema takes, but for what only its refinements say. */
export function ofSchema<T>(schema: z.ZodType<T>): fc.Arbitrary<T> {
  const json = z.toJSONSchema(schema, { io: "input" }) as JsonSchema;
  const good = valueOf(json).filter((value) => schema.safeParse(value).success);
  return good as fc.Arbitrary<T>;
}

/** Lists and texts are short: what is long is made by those who break them. */
const MOST = 3;

function valueOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { const: only, enum: choices, anyOf, oneOf = anyOf } = schema;
  if (only !== undefined) return fc.constant(only);
  if (choices) return fc.constantFrom(...choices);
  if (oneOf) return fc.oneof(...oneOf.map(valueOf));
  switch (schema.type) {
    case "object":
      return objectOf(schema);
    case "array":
      return listOf(schema);
    case "string":
      return textOf(schema);
    case "integer":
    case "number":
      return numberOf(schema);
    case "boolean":
      return fc.boolean();
    case "null":
      return fc.constant(null);
    default:
      return fc.jsonValue({ maxDepth: 2 });
  }
}

function objectOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { properties, required = [], additionalProperties: others } = schema;
  if (properties) {
    const fields = Object.entries(properties).map(
      ([name, each]) => [name, valueOf(each)] as const,
    );
    return fc.record(Object.fromEntries(fields), { requiredKeys: required });
  }
  const key = schema.propertyNames ? valueOf(schema.propertyNames) : text(12);
  const value = typeof others === "object" ? valueOf(others) : fc.string();
  return fc
    .array(fc.tuple(key as fc.Arbitrary<string>, value), {
      minLength: 1,
      maxLength: MOST,
    })
    .map((pairs) => Object.fromEntries(pairs));
}

function listOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { items, prefixItems, minItems = 0, maxItems } = schema;
  if (prefixItems) return fc.tuple(...prefixItems.map(valueOf));
  return fc.array(items ? valueOf(items) : fc.jsonValue(), {
    minLength: minItems,
    maxLength: Math.max(minItems, Math.min(maxItems ?? MOST, MOST)),
  });
}

function textOf({ pattern, minLength, maxLength = 40 }: JsonSchema) {
  if (pattern === undefined) return text(Math.min(maxLength, 40), minLength);
  // Lookaheads are more than fast-check can make: what they forbid is left out by the schema itself.
  const plain = pattern.replace(/\(\?![^)]*\)/g, "");
  return fc.stringMatching(new RegExp(plain), { size: "small" });
}

/** Of any characters, mostly of the usual ones. */
function text(maxLength: number, minLength = 0): fc.Arbitrary<string> {
  const limits = { minLength, maxLength };
  return fc.oneof(
    { arbitrary: fc.string(limits), weight: 3 },
    { arbitrary: fc.string({ ...limits, unit: "grapheme" }), weight: 1 },
  );
}

function numberOf({ type, minimum, maximum }: JsonSchema) {
  const integer = fc.integer({
    min: Math.max(minimum ?? 0, -(2 ** 31)),
    max: Math.min(maximum ?? 2 ** 31 - 1, 2 ** 31 - 1),
  });
  if (type === "integer") return integer;
  const [min, max] = [minimum ?? 0, maximum ?? 1e12];
  return fc.oneof(integer, fc.double({ min, max, noNaN: true }));
}
