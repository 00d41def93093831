import { afterEach, expect, test, vi } from "vitest";
import type { Engine, Inspect, Summary } from "../../docker/engine/engine.js";
import { guard } from "./guard.js";

afterEach(() => void vi.restoreAllMocks());

/** An Engine without the sidecar; what it was asked to do, and what the guard said. */
function engineWith(ours: Partial<Summary>[], failing: Partial<Engine> = {}) {
  const done: string[] = [];
  const said: string[] = [];
  let rows = ours;
  const engine: Partial<Engine> = {
    list: () => Promise.resolve(rows as Summary[]),
    inspect: (id) =>
      Promise.resolve({ Id: id, State: { Paused: true } } as Inspect),
    stop: () => Promise.resolve(),
    unpause: (id) => Promise.resolve(void done.push(`thawed ${id}`)),
    remove: (id) => {
      rows = rows.filter((row) => row.id !== id);
      return Promise.resolve(void done.push(`removed ${id}`));
    },
    removeVolume: (name) => Promise.resolve(void done.push(`removed ${name}`)),
    ...failing,
  };
  const guarded = { sidecar: "sidecar", volume: "volume" };
  const end = guard(engine as Engine, guarded, (line) => said.push(line));
  return { done, said, end };
}

const REPLICA: Partial<Summary> = {
  id: "replica",
  name: "replica",
  state: "running",
  labels: {
    "sidestep.role": "replica",
    "sidestep.owner": "volume",
    "sidestep.target": "original",
    "sidestep.spec": JSON.stringify({ original: "pause" }),
  },
};

const OURS = ["replica", "interceptor", "probe", "canary", "toolbox"] as const;

test("whatever the sidecar has made must be removed, the guard itself left", async () => {
  const rows = [...OURS, "guard"].map((role) => ({
    id: role,
    name: role,
    state: "exited",
    labels: { "sidestep.role": role, "sidestep.owner": "volume" },
  }));
  const { done, end } = engineWith(rows);
  await end;
  expect(done).toEqual([
    ...OURS.map((role) => `removed ${role}`),
    "removed volume",
  ]);
});

test("a volume that the Engine still holds must be removed as soon as it lets go", async () => {
  let held = 2;
  const removeVolume = vi.fn(() =>
    held-- > 0
      ? Promise.reject(new Error("volume is in use"))
      : Promise.resolve(),
  );
  const { said, end } = engineWith([], { removeVolume });
  await end;
  expect(removeVolume).toHaveBeenCalledTimes(3);
  expect(said).toEqual([
    "volume is in use",
    "volume is in use",
    "removed volume volume",
  ]);
});

test("one that somebody else uses must be left, after a while", async () => {
  let now = 0;
  vi.spyOn(Date, "now").mockImplementation(() => (now += 4_000));
  const removeVolume = () => Promise.reject(new Error("volume is in use"));
  const { said, end } = engineWith([], { removeVolume });
  await end;
  expect(new Set(said)).toEqual(new Set(["volume is in use"]));
});

test("an original that cannot be thawed must not keep the rest from being put back", async () => {
  const unpause = () => Promise.reject(new Error("it is not paused"));
  const { done, said, end } = engineWith([REPLICA], { unpause });
  await end;
  expect(said).toContain("it is not paused");
  expect(done).toEqual(["removed replica", "removed volume"]);
});
