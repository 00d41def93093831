import type { Readable } from "node:stream";
import { extract, pack } from "tar-stream";
import type { Engine } from "../../docker/engine/engine.js";

const PARENT = "/run";
const FOLDER = "/run/secrets";

/**
 * Copies what compose put into the target after its creation (secrets from
 * `environment:` or `content:`), which its inspect data does not show. Secrets
 * that are mounted come by the mounts already, and are left out.
 */
export async function copySecrets(
  engine: Engine,
  from: string,
  to: string,
): Promise<void> {
  const target = await engine.inspect(from);
  if (!target) return;
  const mounted = (target.Mounts ?? []).map((mount) => mount.Destination);
  if (mounted.some((path) => path === FOLDER || path === PARENT)) return;
  const tar = await engine.readArchive(from, FOLDER);
  if (!tar) return;
  const { copy, files } = await without(tar, mounted);
  if (files > 0) await engine.writeArchive(to, PARENT, copy);
}

/** A tar of /run/secrets without the files that are mounted there. */
async function without(
  tar: Readable,
  mounted: string[],
): Promise<{ copy: Readable; files: number }> {
  const copy = pack();
  let files = 0;
  const entries = extract();
  entries.on("entry", (header, content, next) => {
    const chunks: Buffer[] = [];
    content.on("data", (chunk: Buffer) => chunks.push(chunk));
    content.on("end", () => {
      if (!mounted.includes(`${PARENT}/${header.name}`)) {
        if (header.type === "file") files++;
        copy.entry(header, Buffer.concat(chunks));
      }
      next();
    });
  });
  await new Promise<void>((resolve, reject) => {
    tar.on("error", reject);
    entries.on("error", reject);
    entries.on("finish", resolve);
    tar.pipe(entries);
  });
  copy.finalize();
  return { copy, files };
}
