import { text } from "node:stream/consumers";
import { setTimeout } from "node:timers/promises";
import type { Logger } from "pino";
import * as errors from "../errors.js";
import { debuggerKeys } from "../links/debugger-keys.js";
import { newToken } from "../links/token.js";
import type {
  Condition,
  NewSession,
  Session,
  Target,
} from "../schema/index.js";
import { canonicalMatch, matchText } from "./conflict.js";
import { adopt } from "./adopt.js";
import { execute } from "./execute.js";
import { describeExit } from "./exit.js";
import { createLoop, type Turn } from "./loop.js";
import { createHazardBook } from "./hazard-book.js";
import { inspectOurs, observe, type Eyes, type Memory } from "./observe.js";
import { renderPlan, type Operation } from "./operation.js";
import { plan } from "./plan.js";
import { generateName } from "./session-name.js";
import { sessionResource, type Findings } from "./status.js";
import { resolveTarget } from "./target.js";
import { listTargets } from "./targets.js";
import {
  replicaOf,
  type DesiredSession,
  type OurContainer,
  type World,
} from "./world.js";

/** What the API can ask for. Everything rejects with a `UserError`. */
export interface Controller {
  sessions(): Session[];
  session(name: string): Session;
  create(wanted: NewSession): Promise<Session>;
  /** What `create` would do, as text; nothing is done. */
  dryRun(wanted: NewSession): Promise<{ session: Session; plan: string }>;
  delete(name: string): Session;
  targets(): Promise<Target[]>;
  /** Something may have changed: look again. */
  look(): void;
  /** Takes every session back; resolves when nothing is left. */
  stop(): Promise<void>;
}

const MAX_BACKOFF_MS = 30_000;
const LOG_LINES = 20;
const LOG_TRIES = 5;
const LOG_RETRY_MS = 100;

/** Starts the loop: look, plan, act, until stopped. */
export async function startController(
  eyes: Eyes,
  environment: Omit<DesiredSession, "secret">[],
  log: Logger,
): Promise<Controller> {
  const all = await eyes.engine.list();
  const memory: Memory = {
    stopping: false,
    sessions: await adopt(environment, await inspectOurs(eyes, all), eyes),
    accepting: {},
    crashed: {},
    sitePackages: {},
    notBefore: {},
  };
  for (const { name, created, spec } of memory.sessions) {
    eyes.breakpoints.begin(name, created, spec.breakpoints ?? []);
  }
  const findings: Findings = {
    logs: {},
    failures: {},
    hazards: {},
    exits: {},
  };
  const book = createHazardBook(eyes.engine, () => loop.look(), log);
  const tries = new Map<string, number>();
  const conditions = new Map<string, Condition[]>();
  let world = await observe(eyes, memory);
  let emptied: (() => void) | undefined;

  const hands = {
    ...eyes,
    accepted: (replica: string) => {
      memory.accepting[replica] = Date.now();
    },
    foundSitePackages: (session: string, folders: string[]) => {
      memory.sitePackages[session] = folders;
    },
    forget: (name: string) => {
      delete memory.sitePackages[name];
      memory.sessions = memory.sessions.filter((s) => s.name !== name);
      conditions.delete(name);
      book.forget(name);
      delete findings.exits[name];
      eyes.kits.forget(name);
      eyes.pauses.forget(name);
      eyes.breakpoints.end(name);
      log.info(`session ${name} is over: everything is as before`);
    },
  };

  /** One turn: look, plan, act. */
  const turn = async (): Promise<Turn> => {
    expire(memory);
    world = await observe(eyes, memory);
    await readLogs(world);
    findings.hazards = hazards(world, memory.sessions);
    noteExits(world);
    report();
    const operations = plan(world, newToken);
    for (const op of operations) {
      log.debug({ cause: op.cause }, renderPlan([op]).split("  # ")[0]);
      if (op.kind === "create") delay(op.spec.name);
    }
    const failed = await execute(operations, hands);
    findings.failures = Object.fromEntries(
      failed.map(({ operation, error }) => [operation.lane, error.message]),
    );
    for (const { operation, error } of failed) {
      log.warn(`${renderPlan([operation])}: ${error.message}`);
    }
    // The guard must be there before the sidecar goes: it takes the volume away.
    if (memory.sessions.length === 0 && operations.length === 0) emptied?.();
    if (failed.length > 0 || operations.length === 0) return "idle";
    const inVain = (op: Operation) =>
      op.kind === "probe" && memory.accepting[op.replica] === undefined;
    return operations.every(inVain) ? "waiting" : "busy";
  };

  /** What is created again and again is created ever more rarely. */
  const delay = (name: string) => {
    const count = (tries.get(name) ?? 0) + 1;
    tries.set(name, count);
    memory.notBefore[name] =
      Date.now() + (count < 3 ? 0 : Math.min(MAX_BACKOFF_MS, 250 * 2 ** count));
  };

  /** What is known by now of the targets' commands. */
  const hazards = (w: World, sessions: DesiredSession[]) =>
    Object.fromEntries(
      sessions.map((session) => {
        const target = w.targets[session.name];
        return [session.name, target && book.of(session, target)];
      }),
    );
  /** A replica that was ended at a prompt is made anew; its viewers are told. */
  const noteExits = (w: World) => {
    for (const { name } of w.sessions) {
      const replica = replicaOf(w, name);
      if (replica?.inspect.State.Status !== "exited") continue;
      const { Id: id, State: state } = replica.inspect;
      const ended = `the replica ended while it was paused: ${describeExit(state)}`;
      const hint = `sidestep describe session ${name}`;
      if (!eyes.pauses.explain(name, `${ended}: ${hint}`)) continue;
      memory.crashed[id] = true;
      findings.exits[name] = `${ended}; it was started again`;
    }
  };

  /** The last words of what has ended, once. */
  const readLogs = async (w: World) => {
    for (const c of w.ours) {
      const ended = c.inspect.State.Status === "exited";
      if (!ended) delete findings.logs[c.name];
      if (!ended || c.name in findings.logs) continue;
      findings.logs[c.name] = await lastLines(c);
    }
  };

  /** A log may be complete a moment later than the container's end is seen. */
  const lastLines = async (c: OurContainer): Promise<string[]> => {
    const tty = c.inspect.Config["Tty"] === true;
    for (let tries = 0; tries < LOG_TRIES; tries++) {
      const lines = await eyes.engine
        .logs(c.inspect.Id, tty, { tail: LOG_LINES })
        .then((stream) => text(stream))
        .then((all) => all.split(/\r?\n/).filter(Boolean))
        .catch(() => []);
      if (lines.length > 0) return lines;
      await setTimeout(LOG_RETRY_MS);
    }
    return [];
  };

  /** Says aloud what a person who waits for a session wants to know. */
  const report = () => {
    for (const session of memory.sessions) {
      const before = conditions.get(session.name) ?? [];
      const now = resource(session).status.conditions;
      conditions.set(session.name, now);
      const changed = now.filter(
        ({ type, reason }) =>
          before.find((c) => c.type === type)?.reason !== reason,
      );
      for (const { type, status, reason, message } of changed) {
        log.debug(
          `session ${session.name}: ${type}=${status} (${reason}): ${message}`,
        );
        if (type !== "Ready" || PASSING.has(reason)) continue;
        if (status === "True") {
          log.info(`session ${session.name} is ready: ${message}`);
          const keys = debuggerKeys(session.spec, session.secret);
          if (keys) {
            log.info(
              `exceptions open a debugger in the browser; its PIN is ${keys.pin}`,
            );
          }
          log.info(
            `to be at the next pause: sidestep attach session/${session.name}`,
          );
          tries.clear();
        } else log.info(`session ${session.name} waits: ${message}`);
      }
    }
  };

  const resource = (session: DesiredSession): Session =>
    sessionResource(
      world,
      session,
      findings,
      conditions.get(session.name) ?? [],
    );

  const find = (name: string): DesiredSession => {
    const session = memory.sessions.find((s) => s.name === name);
    if (!session) throw errors.notFound("sessions", name);
    return session;
  };

  /** The new session, or the reason why there cannot be one. */
  const admit = async (wanted: NewSession): Promise<DesiredSession> => {
    if (memory.stopping) throw errors.shuttingDown();
    const { spec } = wanted;
    const given = wanted.metadata?.name;
    const taken = memory.sessions.map((s) => s.name);
    if (given && taken.includes(given)) throw errors.alreadyExists(given);
    const rows = await eyes.engine.list();
    const view = await resolveTarget(
      eyes.engine,
      eyes.self,
      rows,
      spec,
      eyes.listening,
    );
    if (view.problem) throw view.problem;
    const ids = view.containers.map((c) => c.inspect.Id);
    for (const other of memory.sessions) {
      const theirs = world.targets[other.name];
      const same =
        theirs &&
        !theirs.problem &&
        theirs.port === view.port &&
        theirs.containers.some((c) => ids.includes(c.inspect.Id));
      if (same && canonicalMatch(other.spec) === canonicalMatch(spec)) {
        throw errors.matchTaken(spec.target, matchText(spec), other.name);
      }
    }
    const name = given ?? generateName(spec.target, taken);
    await eyes.breakpoints.admit(name, spec.breakpoints ?? []);
    return {
      name,
      created: new Date().toISOString(),
      spec,
      source: "api",
      secret: newToken(),
    };
  };

  const loop = createLoop(turn, (error) =>
    log.error(
      { err: error },
      "the Engine could not be looked at; trying again",
    ),
  );
  const unwatch = eyes.engine.watch(loop.look);

  return {
    sessions: () => memory.sessions.map(resource),
    session: (name) => resource(find(name)),
    create: async (wanted) => {
      const session = await admit(wanted);
      const { name, created, spec } = session;
      eyes.breakpoints.begin(name, created, spec.breakpoints ?? []);
      memory.sessions = [...memory.sessions, session];
      log.info(`session ${session.name} created for ${session.spec.target}`);
      loop.look();
      return resource(session);
    },
    dryRun: async (wanted) => {
      const session = await admit(wanted);
      const sessions = [...memory.sessions, session];
      const seen = await observe(eyes, { ...memory, sessions });
      const target = seen.targets[session.name];
      const risky = target ? await book.read(session, target) : [];
      const found = { ...findings, hazards: { [session.name]: risky } };
      return {
        session: sessionResource(seen, session, found, []),
        plan: renderPlan(plan(seen, newToken)),
      };
    },
    delete: (name) => {
      const session = find(name);
      session.deleting ??= Date.now();
      loop.look();
      return resource(session);
    },
    targets: async () => {
      const rows = await eyes.engine.list();
      return listTargets(eyes.engine, eyes.self, rows, world);
    },
    look: loop.look,
    stop: async () => {
      memory.stopping = true;
      for (const session of memory.sessions) session.deleting ??= Date.now();
      const done = new Promise<void>((resolve) => {
        emptied = resolve;
      });
      loop.look();
      await done;
      unwatch();
      await loop.stop();
    },
  };
}

/** Reasons that pass by in every start: told only to who asks for details. */
const PASSING = new Set([
  "Looking",
  "NotCreated",
  "Created",
  "Rerouting",
  "Restoring",
]);

function expire(memory: Memory): void {
  for (const session of memory.sessions) {
    const { ttl } = session.spec;
    if (!ttl || session.deleting !== undefined) continue;
    const ends = Date.parse(session.created) + milliseconds(ttl);
    if (Date.now() >= ends) session.deleting = Date.now();
  }
}

const UNITS: Record<string, number> = { s: 1, m: 60, h: 3600, d: 86400 };

function milliseconds(duration: string): number {
  const unit = UNITS[duration.slice(-1)] ?? 1;
  return Number.parseInt(duration, 10) * unit * 1000;
}
