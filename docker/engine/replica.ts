import { OF_REPLICA, type SessionSpec } from "../../sidecar/schema/index.js";
import { CONFIG_COPIED, HOST_COPIED, pick } from "./copied.js";
import { digest } from "./digest.js";
import type { CreateSpec, Inspect } from "./engine.js";
import * as label from "./labels.js";
import { environment } from "./replica-environment.js";
import {
  namespaceSettings,
  networksOf,
  type Joined,
} from "./replica-networks.js";
import { storage } from "./replica-storage.js";

/** What the replica is made from, beside the target's inspect data. */
export interface ReplicaOptions {
  session: string;
  created: string;
  spec: SessionSpec;
  /** What the user labelled the session with. */
  labels?: Record<string, string> | undefined;
  /** The app's port: by it the kit knows the server that is meant. */
  port: number;
  token: string;
  /** What guards the debugger in the browser, if there is one. */
  debugger?: { pin: string; secret: string } | undefined;
  volume: string;
  project: string;
  /** Whose networks the target uses, where that is another container. */
  networksOf: Inspect;
  /** Folders of Python's that get a file which loads the kit; empty: the environment is enough. */
  sitePackages?: string[];
}

/** A replica to create, and the networks to connect it to before it starts. */
export interface ReplicaSpec extends CreateSpec {
  /** Changes when anything that the replica is made from changes. */
  hash: string;
  connect: Joined[];
}

/**
 * The debug replica of a container, from its inspect data. Pure. What is
 * copied, rewritten and dropped, and why, is in `docs/replica.md`.
 */
export function replicaFromInspect(
  target: Inspect,
  options: ReplicaOptions,
): ReplicaSpec {
  const [primary, ...others] = networksOf(options.networksOf);
  const stable = {
    Image: target.Image,
    ...pick(target.Config, CONFIG_COPIED),
    ...command(target, options.spec),
    Healthcheck: { Test: ["NONE"] },
    Tty: true,
    OpenStdin: true,
    StdinOnce: false,
    HostConfig: {
      ...pick(target.HostConfig, HOST_COPIED),
      ...ulimits(target),
      ...namespaceSettings(target, options.networksOf),
      ...storage(target, options.volume),
      RestartPolicy: { Name: "no" },
      AutoRemove: false,
      PortBindings: {},
      PublishAllPorts: false,
      NetworkMode: primary?.network ?? "bridge",
    },
    NetworkingConfig: {
      // Podman refuses an endpoint of the default bridge.
      EndpointsConfig:
        primary && primary.network !== "bridge"
          ? { [primary.network]: primary.endpoint }
          : {},
    },
  };
  const env = environment(target, options.session, options.spec, options.port);
  const hash = digest({
    ...stable,
    env: env.toSorted(),
    connect: others,
    spec: pick(options.spec, OF_REPLICA),
    ...(options.sitePackages?.length && { sitePackages: options.sitePackages }),
  });
  return {
    name: replicaName(target, options.session),
    hash,
    connect: others,
    body: {
      ...stable,
      Env: [...env, ...secrets(options)],
      Labels: labels(target, options, hash),
    },
  };
}

/** By environment, like the rest of the kit's settings; no part of the hash. */
function secrets({ token, debugger: keys }: ReplicaOptions): string[] {
  return [
    `SIDESTEP_TOKEN=${token}`,
    ...(keys
      ? [`SIDESTEP_PIN=${keys.pin}`, `SIDESTEP_DEBUGGER_SECRET=${keys.secret}`]
      : []),
  ];
}

/** The name of a session's replica of a container. */
export function replicaName(target: Inspect, session: string): string {
  return `${target.Name.replace(/^\//, "")}-sidestep-${session}`;
}

/** Entrypoint and Cmd together: alone, the entrypoint would empty the command. */
function command(target: Inspect, spec: SessionSpec): Record<string, unknown> {
  if (spec.command) return { Entrypoint: [], Cmd: spec.command };
  return {
    Entrypoint: target.Config.Entrypoint ?? [],
    Cmd: target.Config.Cmd ?? [],
  };
}

/** The Engine's own defaults are among them, in random order. */
function ulimits(target: Inspect): Record<string, unknown> {
  const limits = target.HostConfig.Ulimits;
  if (!limits) return {};
  return { Ulimits: limits.toSorted((a, b) => (a.Name < b.Name ? -1 : 1)) };
}

/**
 * Only our own labels. The image's labels come back regardless, and among them
 * may be what routes public traffic or names a compose service: each label of
 * the target is therefore emptied, but those that only Docker's tools give.
 */
function labels(
  target: Inspect,
  options: ReplicaOptions,
  hash: string,
): Record<string, string> {
  const emptied = Object.fromEntries(
    Object.keys(target.Config.Labels ?? {})
      .filter((key) => !key.startsWith("com.docker."))
      .map((key) => [key, ""]),
  );
  return {
    ...emptied,
    ...label.OWN_PROJECT,
    ...label.UNROUTED,
    [label.ROLE]: "replica",
    [label.SESSION]: options.session,
    [label.SPEC]: JSON.stringify(options.spec),
    [label.CREATED]: options.created,
    ...(options.labels && { [label.LABELS]: JSON.stringify(options.labels) }),
    [label.PROJECT]: options.project,
    [label.OWNER]: options.volume,
    [label.TARGET]: target.Id,
    [label.HASH]: hash,
    ...(options.sitePackages?.length && {
      [label.SITE_PACKAGES]: options.sitePackages.join(":"),
    }),
  };
}
