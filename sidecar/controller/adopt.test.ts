import { expect, test } from "vitest";
import { LABELS } from "../../docker/engine/labels.js";
import { adopt } from "./adopt.js";
import { sessionResource } from "./status.js";
import { app, replica, session, world } from "./testing/world.js";

const doors = {
  interceptors: { expect: () => {} },
  kits: { expect: async () => {} },
} as unknown as Parameters<typeof adopt>[2];

test("the labels of a session outlive the sidecar, on the replica", async () => {
  const labelled = { ...session("shop"), labels: { team: "red" } };
  const [adopted] = await adopt([], [replica(app("shop"), labelled)], doors);
  expect(adopted).toMatchObject({ name: "shop", labels: { team: "red" } });
  const none = { logs: {}, failures: {}, hazards: {}, exits: {} };
  expect(
    sessionResource(world([], []), adopted!, none, []).metadata.labels,
  ).toMatchObject({ team: "red", "sidestep.project": "demo" });
});

test("labels that cannot be read are none; the session is adopted", async () => {
  const left = replica(app("shop"), session("shop"));
  left.labels[LABELS] = "{";
  const [adopted] = await adopt([], [left], doors);
  expect(adopted).toMatchObject({ name: "shop", labels: undefined });
});
