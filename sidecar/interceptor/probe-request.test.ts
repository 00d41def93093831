import { expect, test } from "vitest";
import { PROBES } from "../schema/probes.js";
import type { Route } from "../schema/routing.js";
import type { MatchClause } from "../schema/match.js";
import { choose } from "./choose.js";

const ask = (target: string, agent = "curl/8", method = "GET") => ({
  method,
  target,
  headers: [
    ["User-Agent", agent],
    ["x-debug", "alice"],
  ] as [string, string][],
});

const ALICE: MatchClause[] = [{ header: { "x-debug": "alice" } }];

/** The lane of a request while the only session is paused. */
function lane(
  request: ReturnType<typeof ask>,
  match: MatchClause[] = [],
  rest: Partial<Route> = {},
): string {
  const route: Route = {
    session: "shop",
    match,
    upstream: { host: "10.0.0.9", port: 8000 },
    paused: true,
    whenPaused: "reject",
    probes: PROBES,
    ...rest,
  };
  return choose(request, { version: 1, routes: [route] }, "10.0.0.1").lane;
}

test.each<[string, string?, string?]>([
  ["/healthz"],
  ["/healthz/"],
  ["/health/live?verbose"],
  ["/-/ready"],
  ["/__lbheartbeat__"],
  ["http://shop/up"],
  ["/", "kube-probe/1.31"],
  ["/", "ELB-HealthChecker/2.0"],
  ["/", "Consul Health Check"],
  [
    "/",
    "Amazon-Route53-Health-Check-Service (ref 3f; report http://amzn.to/1vsZADi)",
  ],
  [
    "/",
    "Mozilla/5.0+(compatible; UptimeRobot/2.0; http://www.uptimerobot.com/)",
  ],
  ["/readyz", "curl/8", "HEAD"],
])("%s of %s is a probe: the original answers", (target, agent, method) => {
  expect(lane(ask(target, agent, method))).toBe("original");
  expect(lane(ask(target, agent, method), ALICE)).toBe("original");
});

test.each<[string, string?, string?]>([
  ["/"],
  ["/health/records/7"],
  ["/healthy-recipes"],
  ["/orders/up"],
  ["/status"],
  ["/ping", "curl/8", "POST"],
  ["/", "my-kube-probe/1"],
])("%s of %s is none", (target, agent, method) => {
  expect(lane(ask(target, agent, method))).toBe("reject");
});

test("while nothing is paused, a probe is a request as any other", () => {
  expect(lane(ask("/healthz"), [], { paused: false })).toBe("replica");
});

test("a session that names the path itself, or the user agent, gets them", () => {
  expect(lane(ask("/healthz"), [{ path: "/healthz" }])).toBe("reject");
  expect(lane(ask("/healthz"), [{ path: "/**" }])).toBe("original");
  const agent = { header: { "User-Agent": "kube-*" } };
  expect(lane(ask("/", "kube-probe/1"), [agent])).toBe("reject");
});

test("a frozen original answers no probes", () => {
  const route = lane(ask("/healthz"), [], { probes: undefined });
  expect(route).toBe("reject");
});
