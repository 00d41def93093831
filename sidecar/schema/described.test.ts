import { expect, test } from "vitest";
import { z } from "zod";
import * as schema from "./index.js";

/** The paths of all fields without a description. */
function undescribed(type: z.core.JSONSchema.JSONSchema, path = ""): string[] {
  const items = Array.isArray(type.items) ? type.items : [type.items];
  const inside = [
    ...(type.anyOf ?? []),
    ...(type.oneOf ?? []),
    ...items,
  ].flatMap((part) =>
    typeof part === "object" ? undescribed(part, path) : [],
  );
  const fields = Object.entries(type.properties ?? {}).flatMap(
    ([name, field]) => {
      const at = `${path}.${name}`;
      if (typeof field !== "object") return [];
      return [...(field.description ? [] : [at]), ...undescribed(field, at)];
    },
  );
  return [...inside, ...fields];
}

const { Target, Session, NewSession, Pause, Breakpoint, NewBreakpoint } =
  schema;
const { Event, Stacks, ShareLink, ServerVersion, SessionPlan } = schema;

test.each(
  Object.entries({
    ...{ Target, Session, NewSession, Pause, Breakpoint, NewBreakpoint },
    ...{ Event, Stacks, ShareLink, ServerVersion, SessionPlan },
    ProblemDocument: schema.ProblemDocument,
  }),
)("every field of %s says what it means", (_name, type) => {
  expect(undescribed(z.toJSONSchema(type as z.ZodType))).toEqual([]);
});
