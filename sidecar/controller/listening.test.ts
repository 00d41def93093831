import { Readable } from "node:stream";
import { expect, test } from "vitest";
import type { Engine } from "../../docker/engine/engine.js";
import { listeningPorts, parseProcNet } from "./listening.js";
import type { Self, TargetContainer } from "./world.js";

test("listening ports, without those that only the container reaches", () => {
  // As read from a container: 8000 on all addresses, 9000 on ::, Docker's DNS
  // and a debugger on loopback, one connection that is established.
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt
   0: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000
   1: 0B00007F:A3D1 00000000:0000 0A 00000000:00000000 00:00000000 00000000
   2: 0100007F:1389 00000000:0000 0A 00000000:00000000 00:00000000 00000000
   3: 030012AC:1F90 010012AC:D431 01 00000000:00000000 00:00000000 00000000
  sl  local_address                         remote_address                        st
   0: 00000000000000000000000000000000:2328 00000000000000000000000000000000:0000 0A
   1: 00000000000000000000000001000000:1F41 00000000000000000000000000000000:0000 0A`;
  expect(parseProcNet(table)).toEqual([8000, 9000]);
});

test("two that ask at once must be told by one look", async () => {
  const made: string[] = [];
  const engine = {
    remove: () => Promise.resolve(),
    create: ({ name }: { name: string }) => {
      // As the Engine, which refuses a second container of that name.
      if (made.includes(name)) throw new Error(`${name} is in use`);
      made.push(name);
      return Promise.resolve("probe");
    },
    start: () => Promise.resolve(),
    wait: () => Promise.resolve(0),
    logs: () =>
      Promise.resolve(Readable.from(["   0: 00000000:1F40 00000000:0000 0A"])),
  } as unknown as Engine;
  const inspect = { Id: "app", Name: "/app", State: { StartedAt: "now" } };
  const container = { inspect, owner: inspect } as unknown as TargetContainer;
  const ask = listeningPorts(engine, { image: "", volume: "" } as Self);
  expect(await Promise.all([ask(container), ask(container)])).toEqual([
    [8000],
    [8000],
  ]);
  expect(await ask(container)).toEqual([8000]);
  expect(made).toHaveLength(1);
});
