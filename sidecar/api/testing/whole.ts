import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Duplex, Readable } from "node:stream";
import { pino } from "pino";
import { EngineError, type Engine } from "../../../docker/engine/engine.js";
import { createAudit } from "../../audit.js";
import {
  startController,
  type Controller,
} from "../../controller/controller.js";
import { createEndingStore } from "../../controller/ending-store.js";
import { createSpecStore } from "../../controller/spec-store.js";
import { app, self } from "../../controller/testing/world.js";
import type { InterceptorLinks } from "../../links/interceptors.js";
import type { KitLinks, PauseMessage } from "../../links/kits.js";
import { createBooks } from "../../links/testing/books.js";
import { eventually } from "../../interceptor/testbed.js";
import { Ledger } from "../../metrics/ledger.js";
import { isOurs, SessionSpec } from "../../schema/index.js";
import type { Mains } from "../../terminals/mains.js";
import { createAccess } from "../access.js";
import { createApp } from "../app.js";
import { terminalUpgrade } from "../attach.js";
import { execUpgrade } from "../exec.js";
import { forwardUpgrade } from "../forward.js";
import { serveUpgrades } from "../upgrades.js";
import { createWatches } from "../watch.js";

export const TOKEN = "secret";

/** A program in a replica: it takes whatever comes, and ends with its input. */
class Program extends Duplex {
  override _read(): void {}
  override _write(_chunk: Buffer, _encoding: string, done: () => void): void {
    done();
  }
  override _final(done: () => void): void {
    this.push(null);
    done();
  }
}

const AT = "shop/views.py:42";

const SPEC = SessionSpec.parse({
  target: "shop",
  match: [{ header: { "x-debug": "alice" } }],
  breakpoints: [{ at: AT }],
});

const pause: PauseMessage = {
  name: "shop-1",
  ...{ type: "pause", id: "0123abcd", pid: 7, thread: "MainThread" },
  ...{ reason: "breakpoint", file: "/app/views.py", line: 42 },
  function: "order",
};

/**
 * The API with all that is behind it, but for the Engine: one app `shop`, a
 * session of the same name with a pause, a breakpoint and a request, and a
 * replica in which everything can be done, though none is ever created.
 */
export async function serveWhole() {
  const books = createBooks();
  const { pauses, breakpoints, requests, events } = books;
  const log = pino({ level: "silent" });
  const programs = new Set<Duplex>();
  const program = (stdin = true) => {
    const stream = new Program();
    if (!stdin) stream.push(null);
    programs.add(stream);
    stream.on("close", () => programs.delete(stream));
    return {
      stream,
      resize: async () => undefined,
      exitCode: async () => 0,
    };
  };
  const written: string[] = [];
  const engine = fakeEngine({
    exec: async (_id, { stdin }) => program(stdin),
    writeArchive: async (_id, path, tar) => {
      for await (const _ of tar);
      written.push(path);
    },
  });
  const controller = await startController(
    {
      engine,
      self,
      listening: async () => [],
      interceptors: quietInterceptors,
      kits: quietKits,
      pauses,
      breakpoints,
      canaries: {
        send: () => undefined,
        seen: () => undefined,
        proofs: () => ({}),
        forget: () => undefined,
      },
      specs: createSpecStore(join(books.folder, "specs")),
      endings: createEndingStore(join(books.folder, "endings")),
    },
    [],
    log,
    events.tell,
  );
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const audit = createAudit(events.tell, log);
  const access = createAccess(TOKEN, [host]);
  const running = withReplicas(controller);
  const app = createApp({
    audit,
    access,
    controller: running,
    pauses,
    breakpoints,
    requests,
    figured: {
      sessions: () => running.sessions(),
      interceptors: () => [],
      ledger: new Ledger(),
      pauses: new Map(),
      dropped: () => requests.dropped(),
    },
    kits: quietKits,
    events,
    watches: createWatches(),
    engine,
    version: "0.1.0",
    log,
  });
  server.on("request", app);
  const toolboxes = {
    dial: async () => program(),
    end: async () => undefined,
  };
  const mains: Mains = {
    open: async () => pauses.list("shop")[0]!.terminal,
  };
  const parts = { audit, controller: running, engine, toolboxes };
  serveUpgrades(server, access, [
    terminalUpgrade({ audit, controller: running, pauses, mains }),
    execUpgrade(parts),
    forwardUpgrade(parts),
  ]);
  /** As at the beginning: nothing but the session `shop`, its pause and its breakpoint, as they were. */
  const restore = async () => {
    const named = (name: string) =>
      controller.sessions().find(({ metadata }) => metadata.name === name);
    for (const { metadata, spec } of controller.sessions()) {
      const same = JSON.stringify(spec) === JSON.stringify(SPEC);
      const labelled = !Object.keys(metadata.labels ?? {}).every(isOurs);
      const good = metadata.name === "shop" && same && !labelled;
      if (good) continue;
      // One that is being taken back does not begin again then.
      controller.delete(metadata.name);
      await eventually(() => named(metadata.name) === undefined);
    }
    if (named("shop")?.status.phase === "Restoring")
      await eventually(() => named("shop") === undefined);
    if (!named("shop"))
      await controller.create({ metadata: { name: "shop" }, spec: SPEC });
    for (const { metadata, spec } of breakpoints.list()) {
      const good = metadata.name === "shop-b1" && !spec.if && !spec.log;
      if (!good || spec.at !== AT) breakpoints.delete(metadata.name);
    }
    if (!breakpoints.get("shop-b1"))
      await breakpoints.create("shop", { at: AT }, { name: "shop-b1" });
    if (!pauses.get("shop-1")) pauses.paused("shop", pause, () => undefined);
  };
  await restore();
  requests.told("shop-sidestep-port-8000", [aTold], 0);
  return {
    host,
    pauses,
    programs,
    /** What a client can change: names with what was asked for. */
    state: () => {
      const sessions = controller.sessions().map(({ metadata, spec }) => ({
        is: `session/${metadata.name}`,
        of: JSON.stringify([metadata.labels, spec]),
      }));
      const points = breakpoints.list().map(({ metadata, spec }) => ({
        is: `breakpoint/${metadata.name}`,
        of: JSON.stringify(spec),
      }));
      const files = written.map((path, index) => ({
        is: `file ${index}`,
        of: path,
      }));
      return new Map(
        [...sessions, ...points, ...files].map(({ is, of }) => [is, of]),
      );
    },
    restore,
    close: () => {
      server.closeAllConnections();
      server.close();
      books.close();
    },
  };
}

const aTold = {
  ...{ id: "3f9c2a1b-1", session: "shop", method: "GET", path: "/" },
  ...{ client: "10.0.0.1", reason: "clause 1 matches", received: 1, sent: 1 },
  ...{ since: Date.now(), status: 200, answeredMs: 1, durationMs: 2 },
  route: "replica" as const,
  state: "ended" as const,
};

/** An Engine with one app and one replica that run; it refuses to do anything to them. */
function fakeEngine(more: Partial<Engine>): Engine {
  const shop = app("shop");
  shop.Config.ExposedPorts = { "8000/tcp": {} };
  const replica = app("shop-replica");
  const known: Partial<Engine> = {
    version: async () => ({ version: "26.1.5", apiVersion: "1.45" }),
    list: async () => [
      {
        ...{ id: shop.Id, name: "shop", image: "app", state: "running" },
        ...{ labels: {}, created: 0 },
      },
    ],
    inspect: async (id) =>
      [shop, replica].find(({ Id, Name }) => id === Id || `/${id}` === Name),
    logs: async () => Readable.from(["a line\n"]),
    stat: async (_id, path) =>
      path.length > 20
        ? undefined
        : { name: "a", size: 5, directory: false, linkTarget: "" },
    readArchive: async () => Readable.from(["tar"]),
    top: async () => [],
    watch: () => () => undefined,
    ...more,
  };
  return new Proxy(known as Engine, {
    get: (of, name: string) => {
      if (name in of || name === "then")
        return Reflect.get(of, name) as unknown;
      return () => Promise.reject(new EngineError(name, 500, "not here"));
    },
  });
}

/** The same sessions, each with a replica that runs. */
function withReplicas(controller: Controller): Controller {
  return {
    ...controller,
    session: (name) => {
      const found = controller.session(name);
      const replica = { container: "shop-replica" };
      const conditions = found.status.conditions.map((each) =>
        each.type === "ReplicaRunning"
          ? { ...each, status: "True" as const }
          : each,
      );
      return { ...found, status: { ...found.status, replica, conditions } };
    },
  };
}

const quietInterceptors: InterceptorLinks = {
  get: () => undefined,
  expect: () => undefined,
  forget: () => undefined,
  send: () => undefined,
  all: () => [],
  newCanary: () => undefined,
  probe: async () => false,
  close: () => undefined,
};

const quietKits: KitLinks = {
  get: () => undefined,
  token: () => undefined,
  expect: async () => undefined,
  stacks: async () => [{ pid: 7, runtime: "python 3.11.2", threads: [] }],
  tellBreakpoints: () => undefined,
  check: () => async () => undefined,
  forget: () => undefined,
  close: () => undefined,
};
