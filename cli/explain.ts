import { fieldsOf, type Field } from "../sidecar/schema/fields.js";
import {
  Breakpoint,
  Event,
  Pause,
  SeenRequest,
  Session,
  Target,
} from "../sidecar/schema/index.js";
import type { ResourceType } from "./resources.js";

/** The fields of the objects of each type, from the schemas that validate them. */
const SCHEMAS: Record<ResourceType, Parameters<typeof fieldsOf>[0]> = {
  targets: Target.describe(
    "A running app that can be debugged: a compose service or a single container.",
  ),
  sessions: Session.describe(
    "One debugging of one target: requests that match go to a debug replica of it.",
  ),
  pauses: Pause.describe(
    "One thread of a replica, stopped at a breakpoint or an exception.",
  ),
  requests: SeenRequest.describe(
    "A request that an interceptor has seen, and where it went.",
  ),
  events: Event.describe(
    "Something that happened; what happens again is counted.",
  ),
  breakpoints: Breakpoint.describe(
    "A line of the running app where threads pause, or log, set without an edit.",
  ),
};

/** What can be said of the objects of a type. */
export function explainType(type: ResourceType): Field {
  return fieldsOf(SCHEMAS[type]);
}
