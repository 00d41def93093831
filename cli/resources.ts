import { unknownType, usage } from "./errors.js";

/** The types of objects, by their plural. */
export type ResourceType = "targets" | "sessions" | "pauses" | "breakpoints";

const NAMES: Record<ResourceType, { singular: string; also: string[] }> = {
  targets: { singular: "target", also: ["tgt"] },
  sessions: { singular: "session", also: ["se"] },
  pauses: { singular: "pause", also: ["pa"] },
  breakpoints: { singular: "breakpoint", also: ["bp"] },
};

/** All types, in the order they are listed. */
export const RESOURCE_TYPES = Object.keys(NAMES) as ResourceType[];

/** One type, as in messages and `TYPE/NAME`. */
export function singular(type: ResourceType): string {
  return NAMES[type].singular;
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
  if (!type) throw unknownType(word);
  return type;
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
  if (types.length === 0) throw unknownType(first);
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
      `${path} takes ${new Intl.ListFormat("en-GB").format(types)}, not ${other.type}`,
    );
  }
  return selections;
}
