import { expect, test } from "vitest";
import { readConfig } from "./config.js";

const now = new Date("2026-01-01T12:00:00Z");

test("without SIDESTEP_TARGET there is no session", () => {
  expect(readConfig({}, now).sessions).toEqual([]);
});

test("each target of SIDESTEP_TARGET is a session of its name", () => {
  const { sessions } = readConfig(
    {
      SIDESTEP_TARGET: "shop, Other/App_1",
      SIDESTEP_MATCH: "header:X-Debug=alice,path=/orders/*|cookie:debug=1",
      SIDESTEP_ORIGINAL: "pause",
      SIDESTEP_CONCURRENCY: "threads",
      SIDESTEP_PORT: "8000",
      SIDESTEP_PRIORITY: "-5",
    },
    now,
  );
  expect(sessions.map((s) => s.name)).toEqual(["shop", "other-app-1"]);
  expect(sessions[1]?.spec).toEqual({
    target: "Other/App_1",
    port: 8000,
    priority: -5,
    match: [
      { header: { "x-debug": "alice" }, path: "/orders/*" },
      { cookie: { debug: "1" } },
    ],
    original: "pause",
    whenPaused: "queue",
    onException: "browser",
    concurrency: "threads",
  });
});

test.each([
  [{ SIDESTEP_MATCH: "x-debug=alice" }, /SIDESTEP_MATCH.*header:NAME=VALUE/],
  [{ SIDESTEP_PORT: "http" }, /SIDESTEP_PORT/],
  [{ SIDESTEP_PRIORITY: "5000" }, /SIDESTEP_PRIORITY.*1000/],
  [{ SIDESTEP_WHEN_PAUSED: "wait" }, /SIDESTEP_WHEN_PAUSED.*queue/],
  [{ SIDESTEP_ON_EXCEPTION: "shell" }, /SIDESTEP_ON_EXCEPTION.*terminal/],
  [{ SIDESTEP_TTL: "soon" }, /SIDESTEP_TTL.*30s/],
  [{ SIDESTEP_IDLE_TIMEOUT: "0s" }, /SIDESTEP_IDLE_TIMEOUT.*or never/],
  [{ SIDESTEP_MAX_PAUSE: "0s" }, /SIDESTEP_MAX_PAUSE.*at least 1s/],
  [{ SIDESTEP_ON_MAX_PAUSE: "stop" }, /SIDESTEP_ON_MAX_PAUSE.*keep/],
  [{ SIDESTEP_MAX_WAIT: "0s" }, /SIDESTEP_MAX_WAIT.*at least 1s/],
  [{ SIDESTEP_PROBES: "/alive" }, /SIDESTEP_PROBES.*path=GLOB/],
  [{ SIDESTEP_CUT_IDLE: "no" }, /SIDESTEP_CUT_IDLE.*true or false/],
  [{ SIDESTEP_TARGET: "shop,shop" }, /"shop" twice/],
  [{ SIDESTEP_ALLOW_PRODUCTION: "shpo" }, /names "shpo", which/],
  [{ SIDESTEP_LOG_FORMAT: "xml" }, /text or json/],
])("%j is refused by name", (env, message) => {
  expect(() => readConfig({ SIDESTEP_TARGET: "shop", ...env }, now)).toThrow(
    message,
  );
});

test("what becomes of waiting requests, probes and old connections", () => {
  const env = {
    SIDESTEP_TARGET: "shop",
    SIDESTEP_MAX_WAIT: "30s",
    SIDESTEP_PROBES: "path=/alive, agent=my-lb/*",
    SIDESTEP_CUT_IDLE: "false",
  };
  expect(readConfig(env, now).sessions[0]?.spec).toMatchObject({
    maxWait: "30s",
    probes: { paths: ["/alive"], userAgents: ["my-lb/*"] },
    cutIdle: false,
  });
});
