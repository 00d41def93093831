import { setImmediate as others } from "node:timers/promises";
import type { Logger } from "pino";
import * as errors from "../errors.js";
import type { Tell } from "../events/book.js";
import { PASSING, sessionNews } from "../events/session-news.js";
import { createListeners } from "../listeners.js";
import { debuggerKeys } from "../links/debugger-keys.js";
import { newToken } from "../links/token.js";
import {
  canonical,
  changedFields,
  replacing,
  type Condition,
  type NewSession,
  type Session,
  type ShareLink,
  type Target,
} from "../schema/index.js";
import { admitBeside } from "./admission.js";
import { adopt } from "./adopt.js";
import { execute } from "./execute.js";
import { describeExit } from "./exit.js";
import { readLastWords } from "./last-words.js";
import { createLoop, type Turn } from "./loop.js";
import { createHazardBook } from "./hazard-book.js";
import { inspectOurs, observe, type Eyes, type Memory } from "./observe.js";
import { renderPlan, type Operation } from "./operation.js";
import { plan } from "./plan.js";
import { createProductionNews } from "./production-news.js";
import type { Wanted } from "./spec-store.js";
import { generateName } from "./session-name.js";
import { shareLink } from "./share.js";
import { createTimeLimits } from "./time-limits.js";
import { sessionResource, type Findings } from "./status.js";
import { listTargets } from "./targets.js";
import { replicaOf, type DesiredSession, type World } from "./world.js";

/** What the API can ask for. Everything rejects with a `UserError`. */
export interface Controller {
  sessions(): Session[];
  session(name: string): Session;
  /** @param by who asks for it, where somebody does */
  create(wanted: NewSession, by?: string): Promise<Session>;
  /** What `create` would do, as text; nothing is done. */
  dryRun(wanted: NewSession): Promise<{ session: Session; plan: string }>;
  /**
   * Changes a session: in place where its replica can stay, else it is taken
   * back and begins again under its name.
   */
  update(
    name: string,
    wanted: Wanted,
    options?: { dryRun?: boolean; by?: string },
  ): Promise<Session>;
  delete(name: string): Session;
  /** The link that puts a browser into a session. */
  share(name: string): Promise<ShareLink>;
  targets(): Promise<Target[]>;
  /** A client has something open in a session, until what it returns is called. */
  using: (name: string) => () => void;
  /** Something may have changed: look again. */
  look(): void;
  /** Calls back when sessions or targets may have changed, until what it returns is called. */
  onChange: (listener: () => void) => () => void;
  /** Takes every session back; resolves when nothing is left. */
  stop(): Promise<void>;
}

const MAX_BACKOFF_MS = 30_000;

/**
 * Starts the loop: look, plan, act, until stopped.
 * @param failed told of each look at the Engine that failed
 */
export async function startController(
  eyes: Eyes,
  environment: Omit<DesiredSession, "secret">[],
  log: Logger,
  tell: Tell = () => {},
  failed: (error: unknown) => void = () => {},
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
  for (const session of memory.sessions) {
    const { name, created } = session;
    Object.assign(session, eyes.specs.read(name, created, session));
    const { spec } = session;
    eyes.breakpoints.begin(name, created, spec.breakpoints ?? []);
    if (eyes.endings.has(name, created)) session.deleting = Date.now();
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
  const listeners = createListeners();
  const production = createProductionNews(tell);
  const limits = createTimeLimits(Date.now());

  const news = (session: string, reason: string, message: string) => {
    const object = `session/${session}`;
    tell({ type: "Normal", reason, object, session, message });
  };
  for (const { name, source } of memory.sessions) {
    if (source === "adopted") {
      news(name, "Adopted", "taken over from the sidecar before this one");
    }
    // The Engine was restarted, and took them all with it; or nobody was there to see.
    const replica = replicaOf(world, name)?.inspect;
    if (replica?.State.Status === "exited") {
      memory.crashed[replica.Id] = true;
      findings.exits[name] =
        `the replica ended while the sidecar was away: ${describeExit(replica.State)}; it was started again`;
    }
  }

  const hands = {
    ...eyes,
    accepted: (replica: string) => {
      memory.accepting[replica] = Date.now();
    },
    foundSitePackages: (session: string, folders: string[]) => {
      memory.sitePackages[session] = folders;
    },
    forget: (name: string) => {
      const over = memory.sessions.find((s) => s.name === name);
      delete memory.sitePackages[name];
      memory.sessions = memory.sessions.filter((s) => s.name !== name);
      conditions.delete(name);
      production.forget(name);
      limits.forget(name);
      book.forget(name);
      delete findings.exits[name];
      eyes.kits.forget(name);
      eyes.pauses.forget(name);
      eyes.specs.remove(name);
      eyes.endings.remove(name);
      eyes.canaries.forget(name);
      listeners.notify();
      if (!over?.successor || memory.stopping) {
        eyes.breakpoints.end(name);
        log.info(`session ${name} is over: everything is as before`);
        news(name, "Restored", "everything is as before");
        return;
      }
      const { spec } = begin({ ...over, spec: over.successor });
      const before = over.spec.breakpoints ?? [];
      eyes.breakpoints.respec(name, before, spec.breakpoints ?? []);
      log.info(`session ${name} begins again, changed`);
    },
  };

  /** One turn: look, plan, act. */
  const turn = async (): Promise<Turn> => {
    keepTime();
    const seen = await observe(eyes, memory);
    production.look(seen);
    limits.look(seen);
    await readLastWords(eyes.engine, seen.ours, findings.logs);
    findings.hazards = hazards(seen, memory.sessions);
    noteExits(seen);
    // Shown from here on: what has ended is not, before its last words are known.
    world = seen;
    report();
    listeners.notify();
    // With many sessions each of these takes its time, and others wait for an answer.
    await others();
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
      const session = sessionOf(operation, memory.sessions);
      tell({
        type: "Warning",
        reason: "OperationFailed",
        object: session ? `session/${session}` : `container/${operation.lane}`,
        ...(session && { session }),
        message: `${renderPlan([operation])}: ${error.message}`,
      });
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

  /** Ends what has lasted long enough. */
  const keepTime = () => {
    const now = Date.now();
    const over = limits.over(memory.sessions, now);
    for (const { session, reason, message } of over) {
      session.deleting = now;
      eyes.endings.add(session.name, session.created);
      log.info(`session ${session.name} ends: ${message}`);
      news(session.name, reason, message);
    }
    const tooLong = memory.sessions.flatMap((session) =>
      limits.tooLong(session, eyes.pauses.list(session.name), now),
    );
    for (const { pause, session, goesOn, message } of tooLong) {
      const object = `pause/${pause}`;
      tell({ type: "Warning", reason: "MaxPause", object, session, message });
      log.info(`session ${session}: ${pause}: ${message}`);
      if (goesOn) eyes.pauses.release(pause, message);
      else eyes.pauses.note(pause, `(${message})`);
    }
  };

  /** Says aloud what a person who waits for a session wants to know. */
  const report = () => {
    for (const session of memory.sessions) {
      const before = conditions.get(session.name) ?? [];
      const shown = resource(session);
      const now = shown.status.conditions;
      conditions.set(session.name, now);
      for (const each of sessionNews(before, shown)) tell(each);
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

  const resource = (session: DesiredSession): Session => ({
    ...sessionResource(
      world,
      session,
      findings,
      conditions.get(session.name) ?? [],
    ),
    spec: session.successor ?? session.spec,
  });

  const find = (name: string): DesiredSession => {
    const session = memory.sessions.find((s) => s.name === name);
    if (!session) throw errors.notFound("sessions", name);
    return session;
  };

  /** A session, and its breakpoints, from now on; one that begins again is not ending any more. */
  const begin = ({
    name,
    created,
    spec,
    labels,
    source,
    secret,
  }: DesiredSession): DesiredSession => {
    eyes.breakpoints.begin(name, created, spec.breakpoints ?? []);
    const session = { name, created, spec, labels, source, secret };
    memory.sessions = [...memory.sessions, session];
    return session;
  };

  /** The new session, or the reason why there cannot be one. */
  const admit = async (wanted: NewSession): Promise<DesiredSession> => {
    if (memory.stopping) throw errors.shuttingDown();
    const { spec } = wanted;
    const given = wanted.metadata?.name;
    const taken = memory.sessions.map((s) => s.name);
    if (given && taken.includes(given)) throw errors.alreadyExists(given);
    await admitBeside(eyes, world, spec, memory.sessions);
    const name = given ?? generateName(spec.target, taken);
    await eyes.breakpoints.admit(name, spec.breakpoints ?? []);
    return {
      name,
      created: new Date().toISOString(),
      spec,
      labels: wanted.metadata?.labels,
      source: "api",
      secret: newToken(),
    };
  };

  /** In place where the replica can stay, else by taking the session back first. */
  const change = (
    session: DesiredSession,
    { spec, labels }: Wanted,
    replace: boolean,
  ) => {
    const { name, created } = session;
    session.labels = labels;
    if (replace || session.deleting !== undefined) {
      session.successor = spec;
      session.deleting ??= Date.now();
      return;
    }
    eyes.specs.write(name, created, { spec, labels });
    const before = session.spec.breakpoints ?? [];
    session.spec = spec;
    eyes.breakpoints.respec(name, before, spec.breakpoints ?? []);
    limits.using(name)();
  };

  /** Two that are asked for at the same time must see each other. */
  let last: Promise<unknown> = Promise.resolve();
  const oneByOne = <T>(work: () => Promise<T>): Promise<T> => {
    const done = last.then(work);
    last = done.catch(() => undefined);
    return done;
  };

  const loop = createLoop(turn, (error) => {
    log.error(
      { err: error },
      "the Engine could not be looked at; trying again",
    );
    failed(error);
  });
  const unwatch = eyes.engine.watch(loop.look);

  return {
    sessions: () => memory.sessions.map(resource),
    session: (name) => resource(find(name)),
    create: (wanted, by) =>
      oneByOne(async () => {
        const session = begin(await admit(wanted));
        production.asked(session.name, session.spec, by);
        const { name, spec } = session;
        log.info(`session ${session.name} created for ${session.spec.target}`);
        news(name, "Created", `it debugs ${spec.target}`);
        listeners.notify();
        loop.look();
        return resource(session);
      }),
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
    update: (name, wanted, { dryRun = false, by } = {}) =>
      oneByOne(async () => {
        if (memory.stopping) throw errors.shuttingDown();
        const session = find(name);
        if (session.deleting !== undefined && !session.successor) {
          throw errors.beingDeleted(name);
        }
        const { spec, labels = session.labels } = wanted;
        const now = session.successor ?? session.spec;
        const changed = changedFields(now, spec);
        const relabelled =
          canonical(labels ?? {}) !== canonical(session.labels ?? {});
        const others = memory.sessions.filter((each) => each !== session);
        if (changed.length > 0) await admitBeside(eyes, world, spec, others);
        if (changed.includes("breakpoints")) {
          await eyes.breakpoints.admit(name, spec.breakpoints ?? []);
        }
        if (dryRun || (changed.length === 0 && !relabelled)) {
          return { ...resource({ ...session, labels }), spec };
        }
        production.asked(name, spec, by);
        change(session, { spec, labels }, replacing(changed).length > 0);
        const what = [...(relabelled ? ["labels"] : []), ...changed].join(", ");
        log.info(`session ${name} changed: ${what}`);
        news(name, "Changed", what);
        listeners.notify();
        loop.look();
        return resource(session);
      }),
    delete: (name) => {
      const session = find(name);
      delete session.successor;
      if (session.deleting === undefined) {
        news(name, "Deleted", "requests go to the original again");
      }
      session.deleting ??= Date.now();
      eyes.endings.add(name, session.created);
      listeners.notify();
      loop.look();
      return resource(session);
    },
    share: async (name) =>
      shareLink(eyes.engine, find(name), world.targets[name]),
    targets: async () => {
      const rows = await eyes.engine.list();
      return listTargets(eyes.engine, eyes.self, rows, world);
    },
    using: limits.using,
    look: loop.look,
    onChange: listeners.onChange,
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

/** The session that an operation is for, if it is for one alone. */
function sessionOf(
  operation: Operation,
  sessions: DesiredSession[],
): string | undefined {
  if ("session" in operation) return operation.session;
  const { lane } = operation;
  return sessions.find(({ name }) => lane.endsWith(`-sidestep-${name}`))?.name;
}
