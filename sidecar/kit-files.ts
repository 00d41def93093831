import { cp, mkdir, rename, rm } from "node:fs/promises";
import { KIT_PATH, RUN_PATH, VOLUME_MOUNT } from "./schema/index.js";

const SOURCE = "/app/docker/kit/python";

/**
 * Puts the kit's files into the shared volume, replacing those of an older
 * sidecar in one rename, so that a replica that starts sees one or the other.
 */
export async function installKit(): Promise<void> {
  const fresh = `${VOLUME_MOUNT}/kit.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(`${VOLUME_MOUNT}/kit`, { recursive: true });
  await cp(SOURCE, fresh, { recursive: true });
  await rm(KIT_PATH, { recursive: true, force: true });
  await rename(fresh, KIT_PATH);
  await mkdir(RUN_PATH, { recursive: true });
}
