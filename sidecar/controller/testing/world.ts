import type { Inspect } from "../../../docker/engine/engine.js";
import { canarySpec } from "../../../docker/engine/canary.js";
import {
  interceptorSpec,
  probeSpec,
} from "../../../docker/engine/interceptor.js";
import { replicaFromInspect } from "../../../docker/engine/replica.js";
import { toolboxSpec } from "../../../docker/engine/toolbox.js";
import { guardSpec } from "../../../docker/engine/guard.js";
import type { CreateSpec } from "../../../docker/engine/engine.js";
import type { InterceptorLink } from "../../links/interceptors.js";
import { SessionSpec } from "../../schema/index.js";
import type {
  DesiredSession,
  OurContainer,
  Self,
  TargetContainer,
  World,
} from "../world.js";

/** A moment, long after everything in these worlds was started. */
export const NOW = Date.parse("2026-01-01T12:00:00Z");

export const self: Self = {
  id: "5e1f",
  name: "demo-sidestep-1",
  image: "sha256:sidecar",
  volume: "demo_sidestep",
  project: "demo",
  socket: { source: "/var/run/docker.sock", target: "/var/run/docker.sock" },
  user: "",
  groups: [],
  networks: ["demo_default"],
  plane: true,
  addresses: ["127.0.0.1:7007"],
};

/** An app container of compose on one network. */
export function app(name: string, changes: Partial<Inspect> = {}): Inspect {
  return {
    Id: `id-of-${name}`,
    Name: `/${name}`,
    Created: "2026-01-01T10:00:00Z",
    Image: "sha256:app",
    State: {
      Status: "running",
      Running: true,
      Paused: false,
      ExitCode: 0,
      StartedAt: "2026-01-01T10:00:00Z",
    },
    Config: { Image: "app", Env: [], Labels: {}, Cmd: ["gunicorn"] },
    HostConfig: { NetworkMode: "demo_default" },
    NetworkSettings: {
      Networks: { demo_default: { IPAddress: "172.18.0.3" } },
    },
    ...changes,
  };
}

export function session(
  name: string,
  spec: Partial<SessionSpec> = {},
  changes: Partial<DesiredSession> = {},
): DesiredSession {
  return {
    name,
    created: "2026-01-01T11:00:00.000Z",
    spec: SessionSpec.parse({ target: "shop", ...spec }),
    source: "api",
    secret: "t",
    ...changes,
  };
}

export const container = (inspect: Inspect): TargetContainer => ({
  inspect,
  owner: inspect,
});

/** A world with these sessions, all on the same containers. */
export function world(
  sessions: DesiredSession[],
  apps: Inspect[],
  changes: Partial<World> = {},
): World {
  return {
    now: NOW,
    self,
    stopping: false,
    sessions,
    targets: Object.fromEntries(
      sessions.map((s) => [
        s.name,
        { port: 8000, containers: apps.map(container) },
      ]),
    ),
    ours: [],
    interceptors: {},
    proofs: {},
    kits: {},
    pauses: {},
    pausedRequests: {},
    accepting: {},
    crashed: {},
    sitePackages: {},
    notBefore: {},
    ...changes,
  };
}

/** What the sidecar created for a session, as the Engine would show it. */
export const replica = (
  of: Inspect,
  s: DesiredSession,
  sitePackages: string[] = [],
): OurContainer =>
  created(
    "replica",
    replicaFromInspect(of, {
      session: s.name,
      created: s.created,
      spec: s.spec,
      labels: s.labels,
      port: 8000,
      token: "t",
      volume: self.volume,
      project: self.project,
      networksOf: of,
      sitePackages,
    }),
    { demo_default: { IPAddress: "172.18.0.9" } },
  );

export const interceptor = (of: Inspect): OurContainer =>
  created(
    "interceptor",
    interceptorSpec(of, {
      namespace: of.Id,
      port: 8000,
      token: "t",
      image: self.image,
      volume: self.volume,
      project: self.project,
    }),
    {},
  );

/** The toolbox of a session's replica. */
export const toolbox = (s: DesiredSession, of: OurContainer): OurContainer =>
  created(
    "toolbox",
    toolboxSpec({
      session: s.name,
      replica: { id: of.inspect.Id, name: of.name },
      image: self.image,
      volume: self.volume,
      project: self.project,
    }),
    {},
  );

/** One that looks what an app listens on, made at a moment in ms since 1970. */
export const portProbe = (of: Inspect, at: number): OurContainer =>
  madeAt(
    at,
    created("probe", probeSpec(of, { ...self, namespace: of.Id }), {}),
  );

/** One that sends a canary from a replica's place, made at a moment in ms since 1970. */
export const canary = (from: OurContainer, at: number): OurContainer =>
  madeAt(
    at,
    created(
      "canary",
      canarySpec({
        from: from.inspect.Id,
        to: { host: "172.18.0.3", port: 8000 },
        request: "",
        id: "1",
        image: self.image,
        volume: self.volume,
      }),
      {},
    ),
  );

const madeAt = (at: number, c: OurContainer): OurContainer => ({
  ...c,
  inspect: { ...c.inspect, Created: new Date(at).toISOString() },
});

export const theGuard = (): OurContainer =>
  created("guard", guardSpec(self), {});

function created(
  role: OurContainer["role"],
  spec: CreateSpec,
  networks: Record<string, { IPAddress: string }>,
): OurContainer {
  return {
    name: spec.name,
    role,
    labels: spec.body["Labels"] as Record<string, string>,
    inspect: app(spec.name, {
      NetworkSettings: { Networks: networks },
      State: {
        Status: "running",
        Running: true,
        ExitCode: 0,
        StartedAt: "2026-01-01T11:00:01Z",
      },
    }),
  };
}

/** The same container in another state. */
export const inState = (
  c: OurContainer,
  Status: string,
  ExitCode = 0,
): OurContainer => ({
  ...c,
  inspect: {
    ...c.inspect,
    State: {
      ...c.inspect.State,
      Status,
      ExitCode,
      Running: Status === "running",
    },
  },
});

export const link = (
  changes: Partial<InterceptorLink> = {},
): InterceptorLink => ({
  run: "0123abcd",
  applied: 0,
  drained: false,
  draining: undefined,
  connections: 0,
  inflight: {},
  requests: {},
  sent: undefined,
  ...changes,
});

export const kit = {
  runtime: "python 3.11.2",
  server: "gunicorn 20.1.0",
  since: NOW,
  ready: true,
  notices: [],
};
