import { PROBES } from "../../sidecar/schema/probes.js";

/** What a container's health check asks of another. */
export interface HealthQuestion {
  /** Whose health check it is. */
  by: string;
  /** Whom it asks: a host name. */
  host: string;
  path: string;
}

/**
 * What a health check asks of other containers. The own one is asked on
 * loopback, which is never rerouted.
 */
export function questionsOf(by: string, test: string[]): HealthQuestion[] {
  const urls = test.join(" ").matchAll(/https?:\/\/[^\s"'|;)]+/g);
  return [...urls].flatMap(([text]) => {
    if (!URL.canParse(text)) return [];
    const { hostname: host, pathname: path } = new URL(text);
    return isLoopback(host) ? [] : [{ by, host, path }];
  });
}

/** Whether the original answers it while a replica is paused, without being told. */
export function isKnownProbe({ path }: HealthQuestion): boolean {
  return PROBES.paths.some((glob) =>
    glob.endsWith("/*") ? path.startsWith(glob.slice(0, -1)) : path === glob,
  );
}

const isLoopback = (host: string): boolean =>
  /^(localhost|127\..*|\[::1?\]|0\.0\.0\.0)$/.test(host);
