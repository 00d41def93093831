import { PRIVATE_PATH, VOLUME_MOUNT } from "../../sidecar/schema/constants.js";

/**
 * The shared volume as all but the sidecar have it: read-only, and with an
 * empty folder over what is the sidecar's alone (its token among it), since an
 * app that runs as root could read any file. Pure.
 */
export const sharedVolume = (volume: string): Record<string, unknown>[] => [
  {
    Type: "volume",
    Source: volume,
    Target: VOLUME_MOUNT,
    ReadOnly: true,
  },
  { Type: "tmpfs", Target: PRIVATE_PATH, ReadOnly: true },
];
