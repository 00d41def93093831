import { expect, test } from "vitest";
import { z } from "zod";
import { fieldsOf } from "./fields.js";

test("types, what must be given, values and defaults", () => {
  const schema = z.object({
    name: z.string().describe("what it is called"),
    mode: z.enum(["a", "b"]).default("a").describe("how"),
    ports: z.array(z.int()).optional().describe("where"),
    env: z.record(z.string(), z.string()).optional().describe("with what"),
    parts: z
      .array(z.strictObject({ on: z.boolean().describe("whether") }))
      .describe("of what"),
  });
  expect(fieldsOf(schema.describe("a thing"))).toEqual({
    type: "Object",
    description: "a thing",
    required: true,
    fields: {
      name: {
        type: "string",
        description: "what it is called",
        required: true,
      },
      mode: {
        type: "string",
        description: "how",
        required: false,
        values: ["a", "b"],
        default: "a",
      },
      ports: { type: "[]integer", description: "where", required: false },
      env: {
        type: "map[string]string",
        description: "with what",
        required: false,
      },
      parts: {
        type: "[]Object",
        description: "of what",
        required: true,
        fields: {
          on: { type: "boolean", description: "whether", required: true },
        },
      },
    },
  });
});
