import { PassThrough } from "node:stream";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type {
  CreateSpec,
  Engine,
  ExecOptions,
} from "../../docker/engine/engine.js";
import { self } from "../controller/testing/world.js";
import { createToolboxes } from "./toolboxes.js";

const replica = { session: "s", id: "r1", name: "shop-1-sidestep-s" };

let did: string[];
let streams: PassThrough[];
let broken: boolean;
/** An Engine that only notes what it is asked for. */
const engine = {
  inspect: async () => undefined,
  create: async ({ name }: CreateSpec) => {
    did.push(`create ${name}`);
    return "t1";
  },
  start: async (id: string) => void did.push(`start ${id}`),
  remove: async (id: string) => void did.push(`remove ${id}`),
  exec: async (id: string, { command }: ExecOptions) => {
    if (broken) throw new Error("no such container");
    did.push(`exec in ${id}: ${command.slice(2).join(" ")}`);
    const stream = new PassThrough();
    streams.push(stream);
    return { stream, resize: async () => {}, exitCode: async () => 0 };
  },
} as unknown as Engine;

beforeEach(() => {
  vi.useFakeTimers();
  did = [];
  streams = [];
  broken = false;
});
afterEach(() => void vi.useRealTimers());

/** Ends the streams, as their programs do. */
async function end(): Promise<void> {
  for (const stream of streams) stream.destroy();
  await vi.advanceTimersByTimeAsync(0);
}

test("one toolbox serves all who need it, and goes a while after the last", async () => {
  const toolboxes = createToolboxes(engine, self);
  await Promise.all([toolboxes.dial(replica, 80), toolboxes.dial(replica, 81)]);
  const script = "/app/sidecar/toolbox/forward.py";
  expect(did).toEqual([
    "create shop-1-sidestep-s-toolbox",
    "start t1",
    `exec in t1: ${script} 80`,
    `exec in t1: ${script} 81`,
  ]);
  await end();
  await vi.advanceTimersByTimeAsync(5_000);
  await toolboxes.dial(replica, 82);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(did).not.toContain("remove t1");
  await end();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(did.at(-1)).toBe("remove t1");
  expect(did.filter((each) => each.startsWith("create"))).toHaveLength(1);
});

test("one that somebody removed is made anew", async () => {
  const toolboxes = createToolboxes(engine, self);
  await toolboxes.dial(replica, 80);
  broken = true;
  await expect(toolboxes.dial(replica, 80)).rejects.toThrow(
    "no such container",
  );
  broken = false;
  await toolboxes.dial(replica, 80);
  expect(did.filter((each) => each.startsWith("create"))).toHaveLength(2);
});
