import type { Engine } from "../../docker/engine/engine.js";

const FOLDER = "/run/secrets";

/**
 * Copies what compose put into the target after its creation (secrets from
 * `environment:` or `content:`), which its inspect data does not show. A
 * target without such a folder has nothing to copy; mounted secrets come by
 * the mounts already.
 */
export async function copySecrets(
  engine: Engine,
  from: string,
  to: string,
): Promise<void> {
  const target = await engine.inspect(from);
  const mounted = (target?.Mounts ?? []).some((mount) =>
    `${mount.Destination}/`.startsWith(`${FOLDER}/`),
  );
  if (!target || mounted) return;
  const tar = await engine.readArchive(from, FOLDER);
  if (tar) await engine.writeArchive(to, "/run", tar);
}
