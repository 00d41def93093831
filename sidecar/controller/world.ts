import type { Inspect } from "../../docker/engine/engine.js";
import type { EngineSocket } from "../../docker/engine/guard.js";
import type { Role } from "../../docker/engine/labels.js";
import type { UserError } from "../errors.js";
import type { InterceptorLink } from "../links/interceptors.js";
import type { KitState } from "../links/kits.js";
import type { Proof } from "./canaries.js";
import type { SessionSpec } from "../schema/index.js";

/** The sidecar itself, as it must know itself to create others. */
export interface Self {
  id: string;
  name: string;
  /** The id of its image, which interceptors and the guard share. */
  image: string;
  /** The name of the shared volume: the mark of what is ours. */
  volume: string;
  /** Its compose project; empty where compose did not create it. */
  project: string;
  /** How it reaches the Engine. */
  socket: EngineSocket;
  /** Whom it runs as, if not as its image says; and groups that it was given besides. */
  user: string;
  groups: string[];
  /** The networks that it is on: where it has one in common with an app it can be its client. */
  networks: string[];
  /** Whether its interceptors may use the fast lane in C. */
  plane: boolean;
  /** `host:port` under which the API may be addressed. */
  addresses: string[];
}

/** A session as asked for. */
export interface DesiredSession {
  name: string;
  /** ISO date. */
  created: string;
  spec: SessionSpec;
  /** What the user labelled it with. */
  labels?: Record<string, string> | undefined;
  /** Environment sessions come back with the sidecar, others only by adoption. */
  source: "environment" | "api" | "adopted";
  /** What its replicas show; the debugger's PIN comes from it. */
  secret: string;
  /** Since when it is being taken back, in ms since 1970. */
  deleting?: number;
  /** What it begins again with, once it has been taken back. */
  successor?: SessionSpec;
}

/** The containers that a session's target names now, or why there are none. */
export type TargetView =
  | { problem: UserError }
  | {
      problem?: undefined;
      port: number;
      /** Running containers, in the order of their numbers. */
      containers: TargetContainer[];
      /** What of them says that they are production, which the session allows. */
      production?: string | undefined;
    };

/** A container to debug, and the one whose network namespace it uses. */
export interface TargetContainer {
  inspect: Inspect;
  owner: Inspect;
}

/** A container that we created. */
export interface OurContainer {
  name: string;
  role: Role;
  inspect: Inspect;
  labels: Record<string, string>;
}

/** Everything that is known at one moment: what a plan is made from. */
export interface World {
  now: number;
  self: Self;
  stopping: boolean;
  sessions: DesiredSession[];
  /** By session. */
  targets: Record<string, TargetView>;
  ours: OurContainer[];
  /** Connected interceptors, by container name. */
  interceptors: Record<string, InterceptorLink>;
  /** What became of canary requests, by `proofKey`. */
  proofs: Record<string, Proof>;
  /** Kits, by session. */
  kits: Record<string, KitState>;
  /** How many threads are paused, by session. */
  pauses: Record<string, number>;
  /** The requests that are at a prompt, by session: the interceptors' ids. */
  pausedRequests: Record<string, string[]>;
  /**
   * Folders of Python's for a file that loads the kit, by session; known of
   * sessions whose replica had not loaded it, and empty if there are none.
   */
  sitePackages: Record<string, string[]>;
  /** Ids of replicas whose port was seen to accept a connection, and when. */
  accepting: Record<string, number>;
  /** Ids of replicas that ended while they were paused. */
  crashed: Record<string, true>;
  /** Not to be created again before this time, by container name. */
  notBefore: Record<string, number>;
}

/** The replica of a session, if it exists. */
export const replicaOf = (
  world: World,
  session: string,
): OurContainer | undefined =>
  world.ours.find(
    (c) => c.role === "replica" && c.labels["sidestep.session"] === session,
  );

/** The interceptor of a container's port, if it exists. */
export const interceptorOf = (
  world: World,
  target: string,
  port: number,
): OurContainer | undefined =>
  world.ours.find(
    (c) =>
      c.role === "interceptor" &&
      c.labels["sidestep.target"] === target &&
      c.labels["sidestep.port"] === String(port),
  );
