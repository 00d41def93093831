import type { Express, Request } from "express";
import { pipeline } from "node:stream/promises";
import { EngineError, type Engine } from "../../docker/engine/engine.js";
import type { Controller } from "../controller/controller.js";
import * as errors from "../errors.js";
import { runningReplica } from "./replica.js";

/** Files of replicas: what there is at a path, and tars of them, both ways. */
export function serveFiles(
  app: Express,
  controller: Controller,
  engine: Engine,
): void {
  app.get("/v1/sessions/:name/files", async (req, res) => {
    const { name, path, id } = await place(req);
    const found = await engine.stat(id, path);
    if (!found) throw errors.noSuchFile(name, path);
    res.json(found);
  });
  app.get("/v1/sessions/:name/archive", async (req, res) => {
    const { name, path, id } = await place(req);
    const tar = await engine.readArchive(id, path);
    if (!tar) throw errors.noSuchFile(name, path);
    res.type("application/x-tar");
    // Cut off in the middle, the client sees that it is: that is the error.
    await pipeline(tar, res).catch(() => res.destroy());
  });
  app.put("/v1/sessions/:name/archive", async (req, res) => {
    const { name, path, id } = await place(req);
    if (!req.is("application/x-tar")) {
      throw errors.badRequest("the body must be application/x-tar");
    }
    try {
      await engine.writeArchive(id, path, req, { asUser: true });
    } catch (error) {
      throw refusal(error, name, path);
    }
    res.status(204).end();
  });

  const place = async (req: Request<{ name: string }>) => {
    const { name } = req.params;
    const { path } = req.query;
    if (typeof path !== "string" || !path.startsWith("/")) {
      throw errors.badRequest("path must be one from the root, such as /tmp/a");
    }
    return { ...(await runningReplica(controller, engine, name)), name, path };
  };
}

/** What the Engine says of a tar that it could not unpack. */
function refusal(error: unknown, session: string, path: string): unknown {
  if (!(error instanceof EngineError)) return error;
  if (error.status === 404) return errors.noSuchFile(session, path);
  if (/no space left|quota exceeded/i.test(error.message)) {
    return errors.replicaFull(path);
  }
  if (/read-?only/i.test(error.message)) return errors.replicaReadOnly(path);
  return error;
}
