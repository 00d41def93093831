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
import { UserError } from "../errors.js";
import { API_VERSION, type List, type Problem } from "../schema/index.js";
import type { KitLinks } from "../links/kits.js";
import { readStacks } from "./stacks.js";
import type { Pauses } from "../terminals/pauses.js";
import type { Access } from "./access.js";
import { parseNewBreakpoint, parseNewSession } from "./parse.js";
import { sendLogs } from "./logs.js";
import { pausesOf } from "./wait-for-pause.js";

/** What the API serves. */
export interface Parts {
  access: Access;
  controller: Controller;
  pauses: Pauses;
  kits: Pick<KitLinks, "stacks">;
  breakpoints: Breakpoints;
  engine: Engine;
  version: string;
  log: Logger;
}

/** The HTTP side of the API: parse, ask the controller, serialise. */
export function createApp(parts: Parts): Express {
  const { controller, pauses, breakpoints, engine } = parts;
  const app = express();
  app.disable("x-powered-by");
  app.use(guarded(parts.access));
  app.use(express.json({ limit: "256kb", type: "application/json" }));

  app.get("/v1/version", async (_req, res) => {
    const docker = await engine.version();
    res.json({
      version: parts.version,
      apiVersion: API_VERSION,
      engine: docker,
    });
  });
  app.get("/v1/targets", async (_req, res) => {
    res.json(list("Target", await controller.targets()));
  });
  app.get("/v1/sessions", (_req, res) => {
    res.json(list("Session", controller.sessions()));
  });
  app.post("/v1/sessions", async (req, res) => {
    const wanted = parseNewSession(req.body);
    if (req.query["dryRun"] === "true") {
      res.json(await controller.dryRun(wanted));
    } else {
      res.status(201).json(await controller.create(wanted));
    }
  });
  app.get("/v1/sessions/:name", (req, res) => {
    res.json(controller.session(req.params.name));
  });
  app.delete("/v1/sessions/:name", (req, res) => {
    res.status(202).json(controller.delete(req.params.name));
  });
  app.get("/v1/sessions/:name/logs", async (req, res) => {
    await sendLogs(engine, controller.session(req.params.name), req, res);
  });
  app.get("/v1/sessions/:name/stacks", async (req, res) => {
    const session = controller.session(req.params.name);
    res.json(await readStacks(session, parts.kits, pauses));
  });
  app.get("/v1/pauses", async (req, res) => {
    const found = await pausesOf(pauses, controller, req);
    res.json(list("Pause", found.map(pauses.resource)));
  });
  app.get("/v1/pauses/:name", (req, res) => {
    res.json(pauses.resource(find(pauses, req.params.name)));
  });
  app.post("/v1/pauses/:name/continue", (req, res) => {
    const entry = find(pauses, req.params.name);
    pauses.release(entry.name);
    res.json(pauses.resource(entry));
  });

  app.get("/v1/breakpoints", (req, res) => {
    const session = req.query["session"];
    const wanted = typeof session === "string" ? session : undefined;
    res.json(list("Breakpoint", breakpoints.list(wanted)));
  });
  app.post("/v1/breakpoints", async (req, res) => {
    const { session: name, ...spec } = parseNewBreakpoint(req.body).spec;
    controller.session(name);
    res.status(201).json(await breakpoints.create(name, spec));
  });
  app.get("/v1/breakpoints/:name", (req, res) => {
    const { name } = req.params;
    const found = breakpoints.get(name);
    if (!found) throw errors.notFound("breakpoints", name);
    res.json(found);
  });
  app.delete("/v1/breakpoints/:name", (req, res) => {
    const { name } = req.params;
    const deleted = breakpoints.delete(name);
    if (!deleted) throw errors.notFound("breakpoints", name);
    res.json(deleted);
  });

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

function list<T>(kind: string, items: T[]): List<T> {
  return { apiVersion: API_VERSION, kind: `${kind}List`, items };
}

function guarded(access: Access): RequestHandler {
  return (req, _res, next) => next(access.refuse(req));
}

/** Every error leaves as a problem document; ours are logged, users' are not. */
function problems(log: Logger): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    if (res.headersSent) return next(error);
    const known = asUserError(error);
    if (known.status >= 500) log.error({ err: error }, "the API failed");
    res.status(known.status).json(problem(known));
  };
}

/** An error as a problem document. */
export function problem({ code, message, hint }: UserError): Problem {
  return { code, message, ...(hint === undefined ? {} : { hint }) };
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
  const status = (error as { status?: number }).status ?? 500;
  const { message } = error as Error;
  if (status >= 400 && status < 500) return errors.badRequest(message);
  return new UserError("Internal", 500, message);
}
