import { chmod, cp, mkdir, rename, rm } from "node:fs/promises";
import {
  KIT_PATH,
  PRIVATE_PATH,
  RUN_PATH,
  VOLUME_MOUNT,
} from "./schema/index.js";

const SOURCE = "/app/docker/kit/python";

/**
 * Puts the kit's files into the shared volume, replacing those of an older
 * sidecar in one rename, so that a replica that starts sees one or the other;
 * and makes the folders of what it is for.
 */
export async function installKit(): Promise<void> {
  const fresh = `${VOLUME_MOUNT}/kit.new`;
  await rm(fresh, { recursive: true, force: true });
  await mkdir(`${VOLUME_MOUNT}/kit`, { recursive: true });
  await cp(SOURCE, fresh, { recursive: true });
  await rm(KIT_PATH, { recursive: true, force: true });
  await rename(fresh, KIT_PATH);
  await mkdir(RUN_PATH, { recursive: true });
  // It must be there before anything mounts an empty one over it.
  await mkdir(PRIVATE_PATH, { recursive: true });
  await chmod(PRIVATE_PATH, 0o700);
}
