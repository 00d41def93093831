import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { connectEngine } from "../docker/engine/dockerode.js";
import { createLostSocket, SOCKET_LOST } from "../docker/engine/lost-socket.js";
import { silenceOf } from "../docker/engine/silence.js";
import { createAccess } from "./api/access.js";
import { createApp } from "./api/app.js";
import { terminalUpgrade } from "./api/attach.js";
import { execUpgrade } from "./api/exec.js";
import { forwardUpgrade } from "./api/forward.js";
import { serveUpgrades } from "./api/upgrades.js";
import { createAudit } from "./audit.js";
import { createWatches } from "./api/watch.js";
import { createBreakpoints } from "./breakpoints/breakpoints.js";
import { checkExpressions } from "./breakpoints/check.js";
import { createStore } from "./breakpoints/store.js";
import { readConfig } from "./config.js";
import { createCanaries } from "./controller/canaries.js";
import { startController, type Controller } from "./controller/controller.js";
import { listeningPorts } from "./controller/listening.js";
import { createEndingStore } from "./controller/ending-store.js";
import { createSpecStore } from "./controller/spec-store.js";
import { lookAtSelf } from "./controller/self.js";
import { createEventBook } from "./events/book.js";
import { interceptorLost, interceptorNews } from "./events/interceptor-news.js";
import { createLastStop } from "./events/last-stop.js";
import { installKit } from "./kit-files.js";
import { listenForInterceptors } from "./links/interceptors.js";
import { createKitLinks } from "./links/kits.js";
import { createLogger } from "./logger.js";
import { API_PORT, kitSocket, VOLUME_MOUNT } from "./schema/index.js";
import { createBrokers } from "./terminals/brokers.js";
import { createHistories } from "./terminals/history.js";
import { createMains } from "./terminals/mains.js";
import { createPauses } from "./terminals/pauses.js";
import { createPauseTimes } from "./metrics/pause-times.js";
import { Ledger } from "./metrics/ledger.js";
import { createRequestBook } from "./requests/book.js";
import { apiToken } from "./token-file.js";
import { createToolboxes } from "./toolbox/toolboxes.js";

/** The sidecar: wires its parts together and lives until it is told to stop. */
async function main(): Promise<void> {
  // Heard from the start: the first process of a container is not even ended by a
  // signal that it does not handle, and one that came too early would be lost.
  const ended = new Promise<string>((resolve) => {
    process.on("SIGTERM", resolve);
    process.on("SIGINT", resolve);
  });
  const config = readConfig(process.env, new Date());
  const log = createLogger(config.logLevel, config.logFormat);
  const engine = await connectEngine();
  const self = await lookAtSelf(engine);
  const { version } = JSON.parse(readFileSync("/app/package.json", "utf8")) as {
    version: string;
  };
  await installKit().catch(explainVolume);

  // The links know the controller only as somebody to be told "look again".
  const known: { controller?: Controller } = {};
  const look = () => known.controller?.look();
  const brokers = createBrokers((session) => kits.token(session));
  const events = createEventBook();
  const { tell } = events;
  const pauses = createPauses(brokers, createHistories(), look, tell);
  const store = createStore();
  const specs = createSpecStore();
  const endings = createEndingStore();
  const breakpoints = createBreakpoints(
    store,
    {
      tell: (session) => kits.tellBreakpoints(session),
      ask: (session) => kits.check(session),
    },
    checkExpressions,
    tell,
  );
  const kits = createKitLinks(look, pauses, breakpoints, log, kitSocket, tell);
  const interceptors = await listenForInterceptors(
    look,
    (name, event) => {
      log.warn(`${name}: ${event.reason}: ${event.message}`);
      const link = interceptors.get(name);
      for (const each of interceptorNews(name, event, link)) events.tell(each);
    },
    pauses.requests,
    {
      canarySeen: (id, client) => canaries.seen(id, client),
      seen: (name, told, dropped) => requests.told(name, told, dropped),
      figures: (name, figures) => ledger.take(name, figures),
      hungUp: (name, link, lost) => {
        requests.hungUp(name);
        pauses.clientsLost(link.run);
        if (!lost) return;
        for (const each of interceptorLost(name, link)) events.tell(each);
      },
    },
  );
  const ledger = new Ledger();
  const requests = createRequestBook(pauses.pausedAt, (seconds) => {
    for (const [name] of interceptors.all())
      interceptors.send(name, { type: "list", seconds });
  });
  const pauseTimes = createPauseTimes(() => pauses.list());
  pauses.onChange(() => {
    requests.notify();
    pauseTimes.look();
  });
  const canaries = createCanaries(engine, self, interceptors, look);
  const listening = listeningPorts(engine, self);
  const isLost = createLostSocket();
  const controller = await startController(
    {
      engine,
      self,
      listening,
      interceptors,
      kits,
      pauses,
      breakpoints,
      canaries,
      specs,
      endings,
    },
    config.sessions,
    log,
    tell,
    (failure) => {
      if (!isLost(failure)) return;
      log.error(SOCKET_LOST);
      process.exit(1);
    },
  );
  known.controller = controller;
  const names = controller.sessions().map(({ metadata }) => metadata.name);
  store.keep(names);
  specs.keep(names);
  endings.keep(names);
  const lastStop = createLastStop(tell);
  lastStop.take(names);

  const access = createAccess(await apiToken(config.tokenFile), self.addresses);
  const watches = createWatches();
  const audit = createAudit(tell, log);
  const parts = {
    access,
    audit,
    controller,
    pauses,
    kits,
    breakpoints,
    requests,
    events,
    watches,
    figured: {
      sessions: () => controller.sessions(),
      interceptors: () => interceptors.all(),
      ledger,
      pauses: pauseTimes.sums,
      dropped: () => requests.dropped(),
    },
    engine,
    version,
    log,
  };
  const server = createServer(createApp(parts));
  const mains = createMains(engine);
  const toolboxes = createToolboxes(engine, self);
  const upgrades = [
    terminalUpgrade({ audit, controller, pauses, mains }),
    execUpgrade({ audit, controller, engine, toolboxes }),
    forwardUpgrade({ audit, controller, engine, toolboxes }),
  ];
  serveUpgrades(server, access, upgrades, controller.using);
  server.listen(API_PORT);
  log.info(`sidestep ${version}: the API listens on port ${API_PORT}`);
  if (config.sessions.length === 0) {
    log.info("no SIDESTEP_TARGET: begin with `sidestep debug TARGET`");
  }

  const signal = await ended;
  log.info(`${signal}: putting everything back`);
  // An Engine that ends itself, and its containers with it, helps nobody any more. This is
  // no end in order: it starts us again, and the sessions are taken over.
  void silenceOf(engine).then(() => {
    log.error(
      "the Engine does not answer: ending, with the sessions as they are",
    );
    process.exit(1);
  });
  lastStop.leave(
    controller
      .sessions()
      .filter(({ status }) => status.phase !== "Restoring")
      .map(({ metadata }) => metadata.name),
  );
  await controller.stop();
  await watches.end();
  log.info("everything is as before");
  process.exit(0);
}

/** Files of a sidecar that ran as somebody else cannot be replaced. */
function explainVolume(error: NodeJS.ErrnoException): never {
  if (error.code !== "EACCES" && error.code !== "EPERM") throw error;
  throw new Error(
    `${error.path ?? VOLUME_MOUNT} cannot be written by user ${process.getuid?.() ?? "?"}: the volume at ${VOLUME_MOUNT} was another user's: remove it (docker volume rm), or run the sidecar as before`,
    { cause: error },
  );
}

main().catch((error: Error) => {
  console.error(`sidestep: ${error.message}`);
  process.exit(1);
});
