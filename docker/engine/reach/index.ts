import {
  chooseContext,
  endpointOf,
  type ChosenContext,
  type DockerEnvironment,
} from "./contexts.js";
import type { EngineEndpoint } from "./endpoint.js";
import { lightEngine, type LightEngine } from "./light-engine.js";

/** An Engine that a command speaks to, and how it came to it. */
export interface ReachedEngine extends LightEngine {
  endpoint: EngineEndpoint;
  context: ChosenContext;
}

/** The Engine that is meant; nothing is sent to it yet. */
export function reachEngine(
  env: DockerEnvironment,
  choice: { flag?: string | undefined; own?: string | undefined } = {},
): ReachedEngine {
  const context = chooseContext(env, choice);
  const endpoint = endpointOf(env, context.name);
  return { ...lightEngine(endpoint), endpoint, context };
}
