import { usage } from "./errors.js";

/** How a command reaches the sidecar's API. */
export const TRANSPORTS = ["auto", "direct", "exec"] as const;
export type Transport = (typeof TRANSPORTS)[number];

/** Where the command line says that the Engine and the sidecar are. */
export interface Where {
  /** A context of docker's. */
  context?: string | undefined;
  /** Default: auto. */
  transport?: string | undefined;
  /** Whether the way there is told, on stderr. */
  verbose?: boolean | undefined;
  /** Takes what would be told, a line each. */
  trace?: (line: string) => void;
}

/** Reads `--transport`, else SIDESTEP_TRANSPORT. */
export function readTransport(
  flag: string | undefined,
  env: { SIDESTEP_TRANSPORT?: string | undefined },
): Transport {
  const text = flag ?? (env.SIDESTEP_TRANSPORT || "auto");
  const found = TRANSPORTS.find((each) => each === text);
  if (found) return found;
  const name = flag === undefined ? "SIDESTEP_TRANSPORT" : "--transport";
  throw usage(
    "sidestep",
    `invalid argument "${text}" for "${name}": must be one of ${TRANSPORTS.join(", ")}`,
  );
}
