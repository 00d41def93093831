import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { pino } from "pino";
import {
  aBreakpoint,
  aPause,
  aRequest,
  aSession,
  aTarget,
} from "../../../cli/testing/objects.js";
import type { Engine, Inspect } from "../../../docker/engine/engine.js";
import type { Breakpoints } from "../../breakpoints/breakpoints.js";
import type { Controller } from "../../controller/controller.js";
import { createEventBook } from "../../events/book.js";
import type { PauseEntry, Pauses } from "../../terminals/pauses.js";
import { Ledger } from "../../metrics/ledger.js";
import { createAudit } from "../../audit.js";
import type { RequestBook } from "../../requests/book.js";
import { createAccess } from "../access.js";
import { createApp } from "../app.js";
import { createWatches } from "../watch.js";

/** The API over real HTTP, of a sidecar that has one object of each type, named as in `objects.ts`. */
export async function serveApi(log = pino({ level: "silent" })) {
  const onChange = () => () => {};
  const session = aSession();
  const breakpoint = aBreakpoint();
  const pause = aPause();
  const entry = {
    name: pause.metadata.name,
    message: { id: "0123abcd" },
  } as PauseEntry;
  const controller: Partial<Controller> = {
    onChange,
    targets: async () => [aTarget()],
    sessions: () => [session],
    session: () => session,
    create: async (wanted) => ({ ...session, spec: wanted.spec }),
    dryRun: async () => ({ session, plan: "create replica  # wanted" }),
    update: async (_name, wanted) => ({ ...session, spec: wanted.spec }),
    delete: () => session,
    share: async () => ({
      apiVersion: session.apiVersion,
      kind: "ShareLink",
      metadata: { name: "shop" },
      status: { parameter: "a=b", origins: [], everyRequest: false },
    }),
  };
  const pauses: Partial<Pauses> = {
    onChange,
    list: () => [entry],
    get: (name) => (name === entry.name ? entry : undefined),
    resource: () => pause,
    release: () => {},
  };
  const breakpoints: Partial<Breakpoints> = {
    onChange,
    list: () => [breakpoint],
    get: () => breakpoint,
    create: async () => breakpoint,
    update: async () => breakpoint,
    delete: () => breakpoint,
  };
  const request = aRequest();
  const requests: Partial<RequestBook> = {
    onChange,
    list: () => [request],
    get: () => request,
    ask: () => {},
  };
  const engine: Partial<Engine> = {
    inspect: async () => ({ Id: "r1", State: { Running: true } }) as Inspect,
    stat: async () => ({
      name: "a",
      size: 5,
      directory: false,
      linkTarget: "",
    }),
    version: async () => ({ version: "26.1.5", apiVersion: "1.45" }),
  };
  const events = createEventBook();
  events.tell({
    type: "Normal",
    reason: "Ready",
    object: "session/shop",
    session: "shop",
    message: "requests are rerouted",
  });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const access = createAccess("secret", [`127.0.0.1:${port}`]);
  const app = createApp({
    audit: createAudit(events.tell, log),
    access,
    controller: controller as Controller,
    pauses: pauses as Pauses,
    breakpoints: breakpoints as Breakpoints,
    requests: requests as RequestBook,
    figured: {
      sessions: () => [session],
      interceptors: () => [],
      ledger: new Ledger(),
      pauses: new Map(),
      dropped: () => 0,
    },
    kits: {
      stacks: async () => [{ pid: 7, runtime: "python 3.11.2", threads: [] }],
    },
    events,
    watches: createWatches(),
    engine: engine as Engine,
    version: "0.1.0",
    log,
  });
  server.on("request", app);
  return {
    app,
    server,
    access,
    port,
    events,
    /** One request, with the token. */
    ask: (path: string, init: RequestInit = {}) =>
      fetch(`http://127.0.0.1:${port}${path}`, {
        ...init,
        headers: { authorization: "Bearer secret", ...init.headers },
      }),
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
