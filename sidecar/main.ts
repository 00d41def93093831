import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { connectEngine } from "../docker/engine/dockerode.js";
import { createAccess } from "./api/access.js";
import { createApp } from "./api/app.js";
import { serveTerminals } from "./api/attach.js";
import { createBreakpoints } from "./breakpoints/breakpoints.js";
import { checkExpressions } from "./breakpoints/check.js";
import { createStore } from "./breakpoints/store.js";
import { readConfig } from "./config.js";
import { startController, type Controller } from "./controller/controller.js";
import { listeningPorts } from "./controller/listening.js";
import { lookAtSelf } from "./controller/self.js";
import { installKit } from "./kit-files.js";
import { listenForInterceptors } from "./links/interceptors.js";
import { createKitLinks } from "./links/kits.js";
import { createLogger } from "./logger.js";
import { API_PORT } from "./schema/index.js";
import { createBrokers } from "./terminals/brokers.js";
import { createHistories } from "./terminals/history.js";
import { createMains } from "./terminals/mains.js";
import { createPauses } from "./terminals/pauses.js";
import { apiToken } from "./token-file.js";

/** The sidecar: wires its parts together and lives until it is told to stop. */
async function main(): Promise<void> {
  const config = readConfig(process.env, new Date());
  const log = createLogger(config.logLevel, config.logFormat);
  const engine = await connectEngine();
  const self = await lookAtSelf(engine);
  const { version } = JSON.parse(readFileSync("/app/package.json", "utf8")) as {
    version: string;
  };
  await installKit();

  // The links know the controller only as somebody to be told "look again".
  const known: { controller?: Controller } = {};
  const look = () => known.controller?.look();
  const brokers = createBrokers((session) => kits.token(session));
  const pauses = createPauses(brokers, createHistories(), look);
  const store = createStore();
  const breakpoints = createBreakpoints(
    store,
    {
      tell: (session) => kits.tellBreakpoints(session),
      ask: (session) => kits.check(session),
    },
    checkExpressions,
  );
  const kits = createKitLinks(look, pauses, breakpoints, log);
  const interceptors = await listenForInterceptors(
    look,
    (name, reason, text) => log.warn(`${name}: ${reason}: ${text}`),
    pauses.requests,
  );
  const listening = listeningPorts(engine, self);
  const controller = await startController(
    { engine, self, listening, interceptors, kits, pauses, breakpoints },
    config.sessions,
    log,
  );
  known.controller = controller;
  store.keep(controller.sessions().map(({ metadata }) => metadata.name));

  const access = createAccess(await apiToken(config.tokenFile), self.addresses);
  const parts = {
    access,
    controller,
    pauses,
    kits,
    breakpoints,
    engine,
    version,
    log,
  };
  const server = createServer(createApp(parts));
  const mains = createMains(engine);
  serveTerminals(server, { access, controller, pauses, mains });
  server.listen(API_PORT);
  log.info(`sidestep ${version}: the API listens on port ${API_PORT}`);
  if (config.sessions.length === 0) {
    log.info("no SIDESTEP_TARGET: begin with `sidestep debug TARGET`");
  }

  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) return;
    stopping = true;
    log.info(`${signal}: putting everything back`);
    void controller.stop().then(() => {
      log.info("everything is as before");
      process.exit(0);
    });
  };
  process.on("SIGTERM", stop);
  process.on("SIGINT", stop);
}

main().catch((error: Error) => {
  console.error(`sidestep: ${error.message}`);
  process.exit(1);
});
