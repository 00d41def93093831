import express, {
  type ErrorRequestHandler,
  type Express,
  type RequestHandler,
} from "express";
import type { Logger } from "pino";
import { EngineError, type Engine } from "../../docker/engine/engine.js";
import type { Breakpoints } from "../breakpoints/breakpoints.js";
import type { Controller } from "../controller/controller.js";
import * as errors from "../errors.js";
import type { EventBook } from "../events/book.js";
import { isAskedFor } from "../events/select.js";
import { UserError } from "../errors.js";
import { API_VERSION, IDENTITY_PATH } from "../schema/index.js";
import type { KitLinks } from "../links/kits.js";
import { serveFiles } from "./files.js";
import { readStacks } from "./stacks.js";
import type { Figured } from "../metrics/families.js";
import type { RequestBook } from "../requests/book.js";
import type { Pauses } from "../terminals/pauses.js";
import type { Audit } from "../audit.js";
import type { Access } from "./access.js";
import { audited } from "./audited.js";
import { parseNewBreakpoint, parseNewSession } from "./parse.js";
import type { Named, Source } from "./feed.js";
import { checked } from "./check.js";
import { openApi } from "./openapi.js";
import { problem, PROBLEM_TYPE } from "./problem.js";
import { listed, type ListOptions } from "./list.js";
import { metrics } from "./metrics.js";
import { safeHeaders } from "./safe-headers.js";
import { asksForUnmatched, isWanted } from "./requests.js";
import { sendLogs } from "./logs.js";
import { pausesOf } from "./wait-for-pause.js";
import { whoAsks } from "./who.js";
import type { Watches } from "./watch.js";

/** The largest body that is read. */
const LIMIT = "256kb";

/** What the API serves. */
export interface Parts {
  access: Access;
  audit: Audit;
  controller: Controller;
  pauses: Pauses;
  kits: Pick<KitLinks, "stacks">;
  breakpoints: Breakpoints;
  requests: RequestBook;
  events: EventBook;
  watches: Watches;
  /** What metrics are made from. */
  figured: Figured;
  engine: Engine;
  version: string;
  log: Logger;
}

/** The HTTP side of the API: parse, ask the controller, serialise. */
export function createApp(parts: Parts): Express {
  const { controller, pauses, breakpoints, engine } = parts;
  const app = express();
  app.disable("x-powered-by");
  // As the document has it: what is checked and audited is what is routed.
  app.enable("case sensitive routing");
  app.use(safeHeaders());
  app.get(
    "/metrics",
    guarded(parts.access.refuseScrape),
    metrics(parts.figured),
  );
  // Before the token: a client asks for this to learn whom it would tell it to.
  app.get(IDENTITY_PATH, guarded(parts.access.refuseSite), (req, res) => {
    const nonce = req.query["nonce"];
    if (typeof nonce !== "string") throw errors.badRequest("there is no nonce");
    res.json({ proof: parts.access.prove(nonce) });
  });
  app.use(guarded(parts.access.refuse));
  app.use(checked());
  app.use(audited(parts.audit));
  app.use(express.json({ limit: LIMIT, type: "application/json" }));

  const lists = <T extends Named>(
    plural: string,
    kind: string,
    source: Source<T>,
    options?: ListOptions<T>,
  ) => app.get(`/v1/${plural}`, listed(kind, source, parts.watches, options));

  const document = openApi(parts.version);
  app.get("/openapi.json", (_req, res) => void res.json(document));
  app.get("/v1/version", async (_req, res) => {
    const docker = await engine.version();
    res.json({
      version: parts.version,
      apiVersion: API_VERSION,
      engine: docker,
    });
  });
  const { onChange } = controller;
  lists("targets", "Target", { list: () => controller.targets(), onChange });
  lists("sessions", "Session", { list: () => controller.sessions(), onChange });
  app.post("/v1/sessions", async (req, res) => {
    const wanted = parseNewSession(req.body);
    if (req.query["dryRun"] === "true") {
      res.json(await controller.dryRun(wanted));
    } else {
      res.status(201).json(await controller.create(wanted, whoAsks(req)));
    }
  });
  app.get("/v1/sessions/:name", (req, res) => {
    res.json(controller.session(req.params.name));
  });
  app.put("/v1/sessions/:name", async (req, res) => {
    const { name } = req.params;
    const wanted = parseNewSession(req.body);
    const named = wanted.metadata?.name ?? name;
    if (named !== name) throw errors.otherName(name, named);
    const dryRun = req.query["dryRun"] === "true";
    const by = whoAsks(req);
    const { spec, metadata } = wanted;
    const labels = metadata?.labels;
    res.json(await controller.update(name, { spec, labels }, { dryRun, by }));
  });
  app.delete("/v1/sessions/:name", (req, res) => {
    res.status(202).json(controller.delete(req.params.name));
  });
  app.get("/v1/sessions/:name/logs", async (req, res) => {
    await sendLogs(engine, controller.session(req.params.name), req, res);
  });
  serveFiles(app, controller, engine);
  app.get("/v1/sessions/:name/share", async (req, res) => {
    res.json(await controller.share(req.params.name));
  });
  app.get("/v1/sessions/:name/stacks", async (req, res) => {
    const session = controller.session(req.params.name);
    res.json(await readStacks(session, parts.kits, pauses));
  });
  lists(
    "pauses",
    "Pause",
    {
      list: () => pauses.list().map(pauses.resource),
      onChange: pauses.onChange,
    },
    {
      wanted: (pause, { session }) =>
        !session || pause.status.session === session,
      read: async (req) =>
        (await pausesOf(pauses, controller, req)).map(pauses.resource),
    },
  );
  app.get("/v1/pauses/:name", (req, res) => {
    res.json(pauses.resource(find(pauses, req.params.name)));
  });
  app.post("/v1/pauses/:name/continue", (req, res) => {
    const entry = find(pauses, req.params.name);
    pauses.release(entry.name);
    res.json(pauses.resource(entry));
  });

  app.use("/v1/requests", asksForUnmatched(parts.requests));
  lists("requests", "Request", parts.requests, { wanted: isWanted });
  app.get("/v1/requests/:name", (req, res) => {
    const { name } = req.params;
    const found = parts.requests.get(name);
    if (!found) throw errors.notFound("requests", name);
    res.json(found);
  });

  lists("breakpoints", "Breakpoint", breakpoints, {
    wanted: ({ spec }, { session }) => !session || spec.session === session,
  });
  app.post("/v1/breakpoints", async (req, res) => {
    const wanted = parseNewBreakpoint(req.body);
    const { session: name, ...spec } = wanted.spec;
    controller.session(name);
    const dryRun = req.query["dryRun"] === "true";
    const options = { name: wanted.metadata?.name, dryRun };
    const made = await breakpoints.create(name, spec, options);
    res.status(dryRun ? 200 : 201).json(made);
  });
  app.get("/v1/breakpoints/:name", (req, res) => {
    const { name } = req.params;
    const found = breakpoints.get(name);
    if (!found) throw errors.notFound("breakpoints", name);
    res.json(found);
  });
  app.put("/v1/breakpoints/:name", async (req, res) => {
    const { name } = req.params;
    const wanted = parseNewBreakpoint(req.body);
    const named = wanted.metadata?.name ?? name;
    if (named !== name) throw errors.otherName(name, named);
    const { session, ...spec } = wanted.spec;
    const before = breakpoints.get(name);
    if (!before) throw errors.notFound("breakpoints", name);
    if (before.spec.session !== session) {
      throw errors.otherSession(name, before.spec.session);
    }
    const dryRun = req.query["dryRun"] === "true";
    res.json(await breakpoints.update(name, spec, { dryRun }));
  });
  app.delete("/v1/breakpoints/:name", (req, res) => {
    const { name } = req.params;
    const deleted = breakpoints.delete(name);
    if (!deleted) throw errors.notFound("breakpoints", name);
    res.json(deleted);
  });

  lists("events", "Event", parts.events, { wanted: isAskedFor });

  app.use((req, _res, next) => next(errors.noSuchPath(req.path)));
  app.use(problems(parts.log));
  return app;
}

/** The pause of this name, else NotFound. */
export function find(pauses: Pauses, name: string) {
  const entry = pauses.get(name);
  if (!entry) throw errors.notFound("pauses", name);
  return entry;
}

function guarded(refuse: Access["refuse"]): RequestHandler {
  return (req, _res, next) => next(refuse(req));
}

/** Every error leaves as a problem document; ours are logged, users' are not. */
function problems(log: Logger): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    if (res.headersSent) return next(error);
    const known = asUserError(error);
    if (known.status >= 500) log.error({ err: error }, "the API failed");
    res.status(known.status).type(PROBLEM_TYPE);
    res.send(JSON.stringify(problem(known)));
  };
}

/** An error as one that a user is told of. */
export function asUserError(error: unknown): UserError {
  if (error instanceof UserError) return error;
  if (error instanceof EngineError) {
    return new UserError(
      "EngineError",
      502,
      `the Engine refused: ${error.message}`,
    );
  }
  const { status = 500, type } = error as { status?: number; type?: string };
  const { message } = error as Error;
  // What express says of a body.
  if (type === "entity.parse.failed") return errors.notJson(message);
  if (type === "entity.too.large") return errors.tooLarge(LIMIT);
  if (status >= 400 && status < 500) return errors.badRequest(message);
  return new UserError("Internal", 500, message);
}
