import { unknownType, usage } from "./errors.js";
import { nearest } from "../sidecar/schema/nearest.js";

/** The types of objects, by their plural. */
export type ResourceType =
  "targets" | "sessions" | "pauses" | "requests" | "breakpoints" | "events";

/** What a type is called, and what can be done with its objects. */
interface TypeEntry {
  singular: string;
  /** Short names. */
  also: string[];
  kind: string;
  verbs: string[];
}

const NAMES: Record<ResourceType, TypeEntry> = {
  targets: {
    singular: "target",
    also: ["tgt"],
    kind: "Target",
    verbs: ["describe", "get"],
  },
  sessions: {
    singular: "session",
    also: ["se"],
    kind: "Session",
    verbs: ["apply", "create", "delete", "describe", "diff", "get", "wait"],
  },
  pauses: {
    singular: "pause",
    also: ["pa"],
    kind: "Pause",
    verbs: ["continue", "describe", "get", "wait"],
  },
  requests: {
    singular: "request",
    also: ["rq"],
    kind: "Request",
    verbs: ["describe", "get"],
  },
  breakpoints: {
    singular: "breakpoint",
    also: ["bp"],
    kind: "Breakpoint",
    verbs: ["apply", "create", "delete", "describe", "diff", "get", "wait"],
  },
  events: {
    singular: "event",
    also: ["ev"],
    kind: "Event",
    verbs: ["get"],
  },
};

/** All types, in the order they are listed. */
export const RESOURCE_TYPES = Object.keys(NAMES) as ResourceType[];

/** One type, as in messages and `TYPE/NAME`. */
export function singular(type: ResourceType): string {
  return NAMES[type].singular;
}

/** Short names of a type. */
export function shortNames(type: ResourceType): string[] {
  return NAMES[type].also;
}

/** What the objects of a type say that they are. */
export function kindOf(type: ResourceType): string {
  return NAMES[type].kind;
}

/** What can be done with the objects of a type. */
export function verbsOf(type: ResourceType): string[] {
  return NAMES[type].verbs;
}

/** The types, as in `targets, sessions and pauses`. */
export function listTypes(word: "and" | "or", of = RESOURCE_TYPES): string {
  // Not by Intl, which takes 30 ms to load what it knows of languages.
  return of.join(", ").replace(/, ([^,]*)$/, ` ${word} $1`);
}

/** The type of a plural, singular or short name, if it is one. */
export function findType(word: string): ResourceType | undefined {
  const wanted = word.toLowerCase();
  return RESOURCE_TYPES.find(
    (type) =>
      type === wanted ||
      NAMES[type].singular === wanted ||
      NAMES[type].also.includes(wanted),
  );
}

/** The type of a plural, singular or short name. */
export function parseType(word: string): ResourceType {
  const type = findType(word);
  if (!type) throw unknownTypeNamed(word);
  return type;
}

function unknownTypeNamed(word: string) {
  const known = RESOURCE_TYPES.map((type) =>
    [type, ...shortNames(type).map((short) => `(${short})`)].join(" "),
  );
  const names = RESOURCE_TYPES.flatMap((type) => [type, singular(type)]);
  return unknownType(word, known, nearest(word.toLowerCase(), names));
}

/** What a command line names: one type each, all of it or some names. */
export interface Selection {
  type: ResourceType;
  /** Empty: all. */
  names: string[];
}

/**
 * Reads kubectl's grammar: `TYPE`, `TYPE,TYPE`, `TYPE NAME…` or `TYPE/NAME…`.
 * @param path the command that is read, such as "sidestep get"
 */
export function parseSelection(path: string, words: string[]): Selection[] {
  const [first, ...rest] = words;
  if (first === undefined) return [];
  if (first.includes("/"))
    return words.map((word) => parseTypedName(path, word));
  const types = first.split(",").filter(Boolean).map(parseType);
  if (types.length === 0) throw unknownTypeNamed(first);
  // The name of a target may hold a slash: project/service.
  const typed = rest.find(
    (name) => name.includes("/") && !types.includes("targets"),
  );
  if (typed !== undefined) {
    throw usage(
      path,
      `there is no need to specify a resource type as a separate argument when passing arguments in resource/name form (e.g. '${path} resource/<resource_name>' instead of '${path} resource resource/<resource_name>'`,
    );
  }
  return types.map((type) => ({ type, names: rest }));
}

/** Reads `TYPE/NAME`. */
export function parseTypedName(path: string, word: string): Selection {
  const slash = word.indexOf("/");
  const name = word.slice(slash + 1);
  if (slash < 0 || name === "") {
    throw usage(
      path,
      `arguments in resource/name form must have a single resource and name: "${word}"`,
    );
  }
  return { type: parseType(word.slice(0, slash)), names: [name] };
}

/**
 * Reads the names of sessions: `session/NAME`, `session NAME…`, or, where
 * nothing else is meant anyway, `NAME`.
 */
export function parseNamesOf(
  path: string,
  type: ResourceType,
  words: string[],
): string[] {
  return parseSelectionOf(path, [type], words).flatMap(({ names }) => names);
}

/** Like `parseNamesOf`, where several types can be meant: the first one, if none is named. */
export function parseSelectionOf(
  path: string,
  types: [ResourceType, ...ResourceType[]],
  words: string[],
): Selection[] {
  const [first] = words;
  if (first === undefined) return [];
  if (words.length === 1 && !first.includes("/") && !findType(first)) {
    return [{ type: types[0], names: [first] }];
  }
  const selections = parseSelection(path, words);
  const other = selections.find(({ type }) => !types.includes(type));
  if (other) {
    throw usage(
      path,
      `${path} takes ${listTypes("and", types)}, not ${other.type}`,
    );
  }
  return selections;
}
