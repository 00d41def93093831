/** What health probes look like, as globs: of their paths, and of their user agents. */
export interface ProbeGlobs {
  paths: string[];
  userAgents: string[];
}

/**
 * Paths that are there for probes, by the customs of Kubernetes, frameworks
 * and load balancers, with or without a slash at the end. `/status` is not
 * among them: in many an app it is a page.
 */
const PATHS = [
  "/healthz",
  "/healthz/*",
  "/livez",
  "/readyz",
  "/startupz",
  "/health",
  "/health/*",
  "/healthcheck",
  "/health-check",
  "/health_check",
  "/_health",
  "/_healthz",
  "/live",
  "/liveness",
  "/ready",
  "/readiness",
  "/alive",
  "/ping",
  "/up",
  "/ht",
  "/heartbeat",
  "/__heartbeat__",
  "/__lbheartbeat__",
  "/-/health",
  "/-/healthy",
  "/-/live",
  "/-/ready",
  "/actuator/health",
  "/actuator/health/*",
];

/** The probes of Kubernetes, of clouds' load balancers, and of those who watch from outside. */
const USER_AGENTS = [
  "kube-probe/*",
  "GoogleHC/*",
  "GoogleStackdriverMonitoring-UptimeChecks*",
  "ELB-HealthChecker/*",
  "Amazon-Route53-Health-Check-Service*",
  "Load Balancer Agent",
  "Consul Health Check",
  "Envoy/HC",
  "Blackbox Exporter/*",
  "Pingdom.com_bot*",
  "*UptimeRobot/*",
];

/** What counts as a health probe by itself; a session's `probes` come on top. */
export const PROBES: ProbeGlobs = {
  paths: PATHS.flatMap((path) => [path, `${path}/`]),
  userAgents: USER_AGENTS,
};
