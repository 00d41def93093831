import { expect, test } from "vitest";
import { composeLabels } from "./labels.js";

test("of a compose service: the real service, as a one-off of the same config", () => {
  expect(
    composeLabels({
      "com.docker.compose.project": "demo",
      "com.docker.compose.service": "shop",
      "com.docker.compose.oneoff": "False",
      "com.docker.compose.config-hash": "abc",
      "com.docker.compose.container-number": "1",
      "com.docker.compose.depends_on": "db:service_started:true",
    }),
  ).toEqual({
    "com.docker.compose.project": "demo",
    "com.docker.compose.service": "shop",
    "com.docker.compose.oneoff": "True",
    "com.docker.compose.config-hash": "abc",
  });
});

test("there is always a config hash: without, `up --remove-orphans` deletes it", () => {
  const labels = composeLabels({
    "com.docker.compose.project": "demo",
    "com.docker.compose.service": "shop",
    "com.docker.compose.oneoff": "False",
  });
  expect(labels["com.docker.compose.config-hash"]).not.toBe("");
});

test.each([
  ["an image that compose built", { "com.docker.compose.service": "shop" }],
  ["no labels", {}],
  ["no labels at all", undefined],
  ["null, as the Engine says", null],
])("of %s: project and service emptied, no one-off", (_, labels) => {
  expect(composeLabels(labels)).toEqual({
    "com.docker.compose.project": "",
    "com.docker.compose.service": "",
  });
});
