import { expect, test } from "vitest";
import { composeProject } from "./labels.js";

test("a container that compose created is of its project", () => {
  expect(
    composeProject({
      "com.docker.compose.project": "demo",
      "com.docker.compose.service": "shop",
      "com.docker.compose.oneoff": "False",
    }),
  ).toBe("demo");
});

test.each([
  [
    "an image that compose built",
    { "com.docker.compose.project": "demo", "com.docker.compose.service": "s" },
  ],
  ["no labels", {}],
  ["no labels at all", undefined],
  ["null, as the Engine says", null],
])("a container of %s is of no project", (_, labels) => {
  expect(composeProject(labels)).toBeUndefined();
});
