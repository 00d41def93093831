import type { BreakpointSpec, KitBreakpoint } from "../schema/index.js";

/** A breakpoint as it is kept. */
export interface Entry {
  name: string;
  /** ISO date. */
  created: string;
  spec: BreakpointSpec;
}

/** The breakpoints of one session, and the number of the next one. */
export interface SessionList {
  /** When the session was created: a list of another one of its name is void. */
  created: string;
  next: number;
  entries: Entry[];
}

/** A session's first list, from its spec. */
export function firstList(
  session: string,
  created: string,
  specs: BreakpointSpec[],
): SessionList {
  const entries = specs.map((spec, index) => ({
    name: breakpointName(session, index + 1),
    created,
    spec,
  }));
  return { created, next: entries.length + 1, entries };
}

/** `shop-b3`: unlike any pause's, and never given twice in a session. */
export const breakpointName = (session: string, number: number): string =>
  `${session}-b${number}`;

/** A breakpoint as kits are told of it. */
export function forKit({ name, spec }: Entry): KitBreakpoint {
  const colon = spec.at.lastIndexOf(":");
  return {
    id: name,
    file: spec.at.slice(0, colon),
    line: Number(spec.at.slice(colon + 1)),
    ...(spec.if === undefined ? {} : { if: spec.if }),
    ...(spec.log === undefined ? {} : { log: spec.log }),
  };
}

/** Whether two ask for the same. */
export const sameBreakpoint = (one: BreakpointSpec, other: BreakpointSpec) =>
  one.at === other.at && one.if === other.if && one.log === other.log;
