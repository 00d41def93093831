import { constants } from "node:os";
import type { Inspect } from "../../docker/engine/engine.js";

/** Shells and the Engine tell a signal by adding this to its number. */
const SIGNALLED = 128;

/** How a container ended: `exit code 1`, `killed by SIGSEGV`, … */
export function describeExit(state: Inspect["State"]): string {
  if (state.OOMKilled) return "it ran out of memory";
  if (state.Error) return state.Error;
  const { ExitCode: code } = state;
  const number = code - SIGNALLED;
  const signal = Object.entries(constants.signals).find(
    ([, each]) => each === number,
  )?.[0];
  return signal ? `killed by ${signal}` : `exit code ${code}`;
}
