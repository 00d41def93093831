import { expect, test } from "vitest";
import type { SessionSpec } from "../schema/index.js";
import type { Hazard } from "./hazards.js";
import { sessionResource } from "./status.js";
import { app, kit, NOW, replica, session, world } from "./testing/world.js";

const shop = app("shop-1");
const MIGRATES: Hazard = { kind: "migration", message: "it migrates" };
const WORKS: Hazard = { kind: "worker", message: "it works" };
const notice = (reason: string, message: string) => ({
  level: "warning",
  reason,
  message,
});
const LOCKED = notice("HazardSqliteShared", "x.db is shared");

/** The conditions of a session whose replica runs. */
function conditions(
  hazards: Hazard[] | undefined,
  notices: ReturnType<typeof notice>[],
  spec: Partial<SessionSpec> = {},
) {
  const s = session("s", spec);
  const copy = replica(shop, s);
  const seen = world([s], [shop], {
    ours: [copy],
    kits: { s: { ...kit, notices } },
    accepting: { [copy.inspect.Id]: NOW },
  });
  const findings = {
    logs: {},
    failures: {},
    exits: {},
    hazards: { s: hazards },
  };
  const all = sessionResource(seen, s, findings, []).status.conditions;
  return (type: string) => {
    const { status, reason, message } = all.find((c) => c.type === type)!;
    return { status, reason, message };
  };
}

test("what the command does and what the kit sees, in one condition", () => {
  expect(
    conditions([MIGRATES, WORKS], [LOCKED])("SecondInstance"),
  ).toStrictEqual({
    status: "True",
    reason: "Risky",
    message: "it migrates; it works; x.db is shared",
  });
});

test("nothing seen is said once it was looked for", () => {
  expect(conditions([], [])("SecondInstance")).toMatchObject({
    status: "False",
    reason: "NothingSeen",
  });
  expect(conditions(undefined, [])("SecondInstance").status).toBe("Unknown");
});

test("a frozen original makes harmless what only two at once do", () => {
  const own = notice("HazardSqliteOwn", "x.db is the image's");
  const jobs = notice("HazardScheduler", "jobs run twice");
  expect(
    conditions([MIGRATES, WORKS], [LOCKED, jobs, own], { original: "pause" })(
      "SecondInstance",
    ).message,
  ).toBe("it migrates; x.db is the image's");
});

test("a hazard is no reason against debugging; other warnings are told there", () => {
  const read = conditions([], [LOCKED]);
  expect(read("Debuggable").reason).toBe("KitLoaded");
  const other = conditions([], [notice("AsyncWorker", "gevent")]);
  expect(other("Debuggable").reason).toBe("AsyncWorker");
  expect(other("SecondInstance").reason).toBe("NothingSeen");
});
