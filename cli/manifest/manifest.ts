import { NewBreakpoint } from "../../sidecar/schema/breakpoint.js";
import { API_VERSION } from "../../sidecar/schema/constants.js";
import { fieldProblems } from "../../sidecar/schema/field-problems.js";
import { isOurs } from "../../sidecar/schema/metadata.js";
import { nearest } from "../../sidecar/schema/nearest.js";
import { NewSession } from "../../sidecar/schema/session.js";
import { SeveralErrors } from "../errors.js";
import type { Input } from "../streams.js";
import { documentsOf, type Written } from "./documents.js";
import {
  badObject,
  kindMissing,
  kindUnknown,
  nothingPassed,
  versionUnknown,
} from "./errors.js";
import { readSources } from "./sources.js";

/** An object that a file asks for, known to be valid. */
export type Manifest = { where: string } & (
  | { kind: "Session"; name: string | undefined; body: NewSession }
  | { kind: "Breakpoint"; name: string | undefined; body: NewBreakpoint }
);

const SCHEMAS = { Session: NewSession, Breakpoint: NewBreakpoint };
const KINDS = Object.keys(SCHEMAS) as (keyof typeof SCHEMAS)[];

/** Which files, as `-f` and `-R` have them. */
export interface Files {
  paths: string[];
  recursive: boolean;
}

/**
 * The objects of all files, the sessions first: breakpoints need theirs.
 * Throws everything that is wrong with any of them, before anything is done.
 * @param verb what is to be done with them
 */
export async function readManifests(
  stdin: Input,
  { paths, recursive }: Files,
  verb: string,
): Promise<Manifest[]> {
  const sources = await readSources(stdin, paths, recursive);
  const errors: unknown[] = [];
  const manifests: Manifest[] = [];
  for (const source of sources) {
    try {
      for (const written of documentsOf(source)) {
        const manifest = parse(written, errors);
        if (manifest) manifests.push(manifest);
      }
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw new SeveralErrors(errors);
  if (manifests.length === 0) throw nothingPassed(verb);
  const rank = ({ kind }: Manifest) => KINDS.indexOf(kind);
  return manifests.sort((a, b) => rank(a) - rank(b));
}

/** The object that was written; undefined where what is wrong with it was added to the errors. */
function parse(
  { value, where }: Written,
  errors: unknown[],
): Manifest | undefined {
  const { kind, apiVersion } = value;
  if (typeof kind !== "string" || kind === "")
    throw kindMissing(where([]), KINDS);
  const known = KINDS.find((each) => each === kind);
  if (!known)
    throw kindUnknown(where(["kind"]), kind, nearest(kind, KINDS), KINDS);
  if (apiVersion !== API_VERSION) {
    throw versionUnknown(where(["apiVersion"]), known, apiVersion, API_VERSION);
  }
  const parsed = SCHEMAS[known].safeParse(withoutReadOnly(value));
  if (!parsed.success) {
    const problems = fieldProblems(SCHEMAS[known], parsed.error);
    errors.push(...problems.map((p) => badObject(where(p.path), p.message)));
    return undefined;
  }
  const body = parsed.data;
  const name = body.metadata?.name;
  return { kind: known, name, body, where: where([]) } as Manifest;
}

/** What `get -o yaml` tells and nobody can ask for. */
function withoutReadOnly(value: Record<string, unknown>): unknown {
  const { status: _status, ...rest } = value;
  const { metadata } = rest;
  if (typeof metadata !== "object" || metadata === null) return rest;
  const {
    creationTimestamp: _time,
    labels,
    ...named
  } = metadata as Record<string, unknown>;
  if (typeof labels !== "object" || labels === null) {
    return {
      ...rest,
      metadata: { ...named, ...(labels !== undefined && { labels }) },
    };
  }
  const given = Object.entries(labels).filter(([key]) => !isOurs(key));
  // A breakpoint takes no labels of the user's.
  return {
    ...rest,
    metadata: {
      ...named,
      ...(given.length > 0 && { labels: Object.fromEntries(given) }),
    },
  };
}
