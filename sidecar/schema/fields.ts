import { z } from "zod";

/** A field of an object, as it can be explained: from the schema that validates it. */
export interface Field {
  /** As `string`, `[]integer`, `map[string]string`, `Object`, `[]Object`. */
  type: string;
  description: string;
  required: boolean;
  /** The values that it can have, if they are few. */
  values?: string[];
  default?: string;
  /** Of an object, or of each object in a list. */
  fields?: Record<string, Field>;
}

/** What a schema knows of its fields. */
export function fieldsOf(schema: z.ZodType): Field {
  // As input: what has a default need not be given.
  const json = z.toJSONSchema(schema, { io: "input", reused: "inline" });
  return fieldOf(json as JsonSchema, true);
}

/** What of JSON Schema our schemas become. */
interface JsonSchema {
  type?: string;
  description?: string;
  const?: unknown;
  enum?: unknown[];
  default?: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
  items?: JsonSchema;
  additionalProperties?: JsonSchema | boolean;
}

function fieldOf(schema: JsonSchema, required: boolean): Field {
  const values = schema.enum ?? schema.items?.enum;
  const { properties, required: needed = [] } = schema.items ?? schema;
  return {
    type: typeOf(schema),
    description: schema.description ?? "",
    required,
    ...(values && { values: values.map(String) }),
    ...(schema.default !== undefined && { default: asText(schema.default) }),
    ...(properties && {
      fields: Object.fromEntries(
        Object.entries(properties).map(([name, inner]) => [
          name,
          fieldOf(inner, needed.includes(name)),
        ]),
      ),
    }),
  };
}

function asText(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function typeOf(schema: JsonSchema): string {
  const { type = "string", items, additionalProperties } = schema;
  if (type === "array") return `[]${typeOf(items ?? {})}`;
  if (type !== "object") return type;
  if (typeof additionalProperties === "object") {
    return `map[string]${typeOf(additionalProperties)}`;
  }
  return "Object";
}
