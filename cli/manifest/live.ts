import type { Breakpoint } from "../../sidecar/schema/breakpoint.js";
import { API_VERSION } from "../../sidecar/schema/constants.js";
import { isOurs, type Labels } from "../../sidecar/schema/metadata.js";
import type { Session } from "../../sidecar/schema/session.js";
import {
  canonical,
  changedFields,
  replacing,
} from "../../sidecar/schema/session-change.js";
import type { Client } from "../client.js";
import { isNotFound } from "../errors.js";
import { formatName } from "../print/name.js";
import { nameNeeded } from "./errors.js";
import type { Manifest } from "./manifest.js";

/** Whether something is done, or only tried by whom. */
export type DryRun = "none" | "client" | "server";

/** What was done with one object, and how it is now. */
export interface Outcome {
  action: "created" | "configured" | "unchanged";
  /** TYPE/NAME. */
  name: string;
  object: Session | Breakpoint | Manifest["body"];
  /** The fields for which the replica is made anew. */
  replaced: string[];
}

/** An object as it is now, if it is. */
export async function liveOf(
  client: Client,
  manifest: Manifest,
): Promise<Session | Breakpoint | undefined> {
  const { kind, name } = manifest;
  if (name !== undefined) {
    return ifThere<Session | Breakpoint>(
      kind === "Session" ? client.session(name) : client.breakpoint(name),
    );
  }
  if (kind === "Session") throw nameNeeded(manifest.where);
  // Without a name, it is the one that says the same.
  const list = await ifThere(client.breakpoints(manifest.body.spec.session));
  return list?.items.find(
    ({ spec }) => canonical(spec) === canonical(manifest.body.spec),
  );
}

/** Creates an object, or only says what would be created. */
export async function createObject(
  client: Client,
  manifest: Manifest,
  dryRun: DryRun,
): Promise<Outcome> {
  const object = await made(client, manifest, dryRun);
  const name = object.metadata?.name ?? "(generated)";
  return {
    action: "created",
    name: typed(manifest, name),
    object: object as Outcome["object"],
    replaced: [],
  };
}

/**
 * Who can try each of some objects: a breakpoint of a session that they make
 * only the client, as the sidecar does not know that session yet.
 */
export function triers(dryRun: DryRun): {
  of(manifest: Manifest): DryRun;
  tried(manifest: Manifest, outcome: Outcome): void;
} {
  const made = new Set<string | undefined>();
  return {
    of: ({ kind, body }) =>
      dryRun === "server" &&
      kind === "Breakpoint" &&
      made.has(body.spec.session)
        ? "client"
        : dryRun,
    tried: ({ kind, name }, { action }) => {
      if (kind === "Session" && action === "created") made.add(name);
    },
  };
}

/** Makes an object be as its manifest says. */
export async function applyObject(
  client: Client,
  manifest: Manifest,
  dryRun: DryRun,
): Promise<Outcome> {
  const live = await liveOf(client, manifest);
  if (!live) return createObject(client, manifest, dryRun);
  const changed =
    manifest.kind === "Session"
      ? changedFields((live as Session).spec, manifest.body.spec)
      : canonical(live.spec) === canonical(manifest.body.spec)
        ? []
        : (["breakpoints"] as const);
  const name = typed(manifest, live.metadata.name);
  const labels = labelsOf(manifest.body.metadata);
  const relabelled =
    labels !== undefined &&
    canonical(labels) !== canonical(labelsOf(live.metadata) ?? {});
  if (changed.length === 0 && !relabelled) {
    return { action: "unchanged", name, object: live, replaced: [] };
  }
  const object =
    dryRun === "client"
      ? {
          ...live,
          metadata: { ...live.metadata, ...(labels && { labels }) },
          spec: manifest.body.spec,
        }
      : await updated(client, live.metadata.name, manifest, dryRun);
  const replaced = replacing([...changed]);
  return {
    action: "configured",
    name,
    object: object as Outcome["object"],
    replaced,
  };
}

function made(client: Client, { kind, body }: Manifest, dryRun: DryRun) {
  if (dryRun === "client") {
    return Promise.resolve({ apiVersion: API_VERSION, kind, ...body });
  }
  const only = dryRun === "server";
  if (kind === "Breakpoint") return client.createBreakpoint(body, only);
  return only
    ? client.planSession(body).then(({ session }) => session)
    : client.createSession(body);
}

function updated(
  client: Client,
  name: string,
  { kind, body }: Manifest,
  dryRun: DryRun,
): Promise<Session | Breakpoint> {
  const only = dryRun === "server";
  return kind === "Session"
    ? client.updateSession(name, body, only)
    : client.updateBreakpoint(name, body, only);
}

/** The labels that the user gave; undefined: nothing is said of them, and they stay. */
export function labelsOf(metadata: object | undefined): Labels | undefined {
  const { labels } = (metadata ?? {}) as { labels?: Labels };
  if (!labels) return undefined;
  const given = Object.entries(labels).filter(([key]) => !isOurs(key));
  return Object.fromEntries(given);
}

function typed({ kind }: Manifest, name: string): string {
  return formatName(kind === "Session" ? "sessions" : "breakpoints", name);
}

async function ifThere<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
