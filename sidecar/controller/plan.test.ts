import { describe, expect, test } from "vitest";
import {
  targetIsProduction,
  targetNotFound,
  targetNotRunning,
} from "../errors.js";
import { debuggerKeys } from "../links/debugger-keys.js";
import { shareSecret } from "../links/share-secret.js";
import type { Route } from "../schema/index.js";
import { renderPlan } from "./operation.js";
import { plan } from "./plan.js";
import {
  app,
  canary,
  inState,
  interceptor,
  kit,
  link,
  portProbe,
  NOW,
  replica,
  session,
  theGuard,
  toolbox,
  world,
} from "./testing/world.js";
import type { DesiredSession, World } from "./world.js";

const shop = app("shop-1");
const planned = (w: World) => renderPlan(plan(w, () => "token"));

const route = (s: DesiredSession, changes: Partial<Route> = {}): Route => ({
  session: s.name,
  match: s.spec.match ?? [],
  upstream: { host: "172.18.0.9", port: 8000 },
  debugger: debuggerKeys(s.spec, s.secret)?.secret,
  share: shareSecret(s.secret),
  paused: false,
  whenPaused: "queue",
  ...changes,
});

/** A session that is Ready: everything runs, the table is in force. */
function ready(s: DesiredSession, changes: Partial<World> = {}): World {
  const copy = replica(shop, s);
  const taker = interceptor(shop);
  return world([s], [shop], {
    ours: [theGuard(), copy, taker],
    kits: { [s.name]: kit },
    accepting: { [copy.inspect.Id]: NOW },
    interceptors: {
      [taker.name]: link({
        applied: 1,
        sent: { version: 1, routes: [route(s)] },
      }),
    },
    ...changes,
  });
}

test("no session: nothing is done", () => {
  expect(planned(world([], [shop]))).toBe("");
});

test("a new session: guard, replica and interceptor, side by side", () => {
  expect(planned(world([session("s")], [shop]))).toBe(
    [
      "create guard demo-sidestep-1-guard  # something must put things back if the sidecar dies",
      "start demo-sidestep-1-guard  # something must put things back if the sidecar dies",
      "create replica shop-1-sidestep-s  # session s debugs shop-1",
      "copy /run/secrets of id-of-shop-1 to shop-1-sidestep-s  # compose copies them in after creation",
      "start shop-1-sidestep-s  # session s debugs shop-1",
      "create interceptor shop-1-sidestep-port-8000  # session s reroutes port 8000 of shop-1",
      "start shop-1-sidestep-port-8000  # session s reroutes port 8000 of shop-1",
    ].join("\n"),
  );
});

test("a replica that is made anew has the token of its session, and its PIN", () => {
  const s = session("s", {}, { secret: "of-the-session" });
  const env = () => {
    const made = plan(world([s], [shop]), () => crypto.randomUUID());
    const create = made.find(
      (op) => op.kind === "create" && op.role === "replica",
    );
    const body = create?.kind === "create" ? create.spec.body : {};
    return (body["Env"] as string[]).filter((e) => /TOKEN|PIN|SECRET/.test(e));
  };
  const keys = debuggerKeys(s.spec, s.secret);
  expect(env()).toEqual([
    "SIDESTEP_TOKEN=of-the-session",
    `SIDESTEP_PIN=${keys?.pin}`,
    `SIDESTEP_DEBUGGER_SECRET=${keys?.secret}`,
  ]);
  expect(env()).toEqual(env());
});

test("a service scaled to 3 has one replica and 3 interceptors", () => {
  const apps = ["shop-1", "shop-2", "shop-3"].map((name) => app(name));
  const created = plan(world([session("s")], apps), () => "t").filter(
    (op) => op.kind === "create",
  );
  expect(created.map((op) => op.role)).toEqual([
    "guard",
    "replica",
    "interceptor",
    "interceptor",
    "interceptor",
  ]);
});

test("two sessions on one target share an interceptor, also when both are new", () => {
  const alice = session("alice", { match: [{ header: { who: "alice" } }] });
  const bob = session("bob", { match: [{ header: { who: "bob" } }] });
  const both = world([alice, bob], [shop]);
  const created = plan(both, () => "t").filter((op) => op.kind === "create");
  expect(created.map((op) => op.role)).toEqual([
    "guard",
    "replica",
    "interceptor",
    "replica",
  ]);
  // One that ends needs none.
  const ending = { ...alice, deleting: NOW };
  const text = planned(world([ending, bob], [shop]));
  expect(text).toContain(
    "create interceptor shop-1-sidestep-port-8000  # session bob reroutes port 8000 of shop-1",
  );
});

test("a target on two networks: the replica is connected to the other too", () => {
  const both = app("shop-1", {
    NetworkSettings: { Networks: { back: {}, front: {} } },
  });
  expect(planned(world([session("s")], [both]))).toContain(
    "connect shop-1-sidestep-s to network front  # shop-1 is on it",
  );
});

test("requests are rerouted only when the app in the replica serves", () => {
  const s = session("s");
  const taker = interceptor(shop);
  const copy = replica(shop, s);
  const before = ready(s, {
    accepting: {},
    interceptors: { [taker.name]: link({ sent: { version: 1, routes: [] } }) },
  });
  expect(planned(before)).toBe(
    "probe 172.18.0.9:8000 of id-of-shop-1-sidestep-s  # is the app up?",
  );
  const loading = { ...before, accepting: { [copy.inspect.Id]: NOW } };
  loading.kits = { s: { ...kit, ready: false } };
  expect(planned(loading)).toBe("");
  expect(planned({ ...loading, kits: { s: kit } })).toBe(
    "route shop-1-sidestep-port-8000: everything to s at 172.18.0.9:8000  # the routes have changed",
  );
});

test("a session that is Ready is left alone", () => {
  expect(planned(ready(session("s")))).toBe("");
});

test("specific matches go before a session that takes everything", () => {
  const every = session("every", {}, { created: "2026-01-01T11:00:00.000Z" });
  const alice = session(
    "alice",
    { match: [{ header: { "x-debug": "alice" } }] },
    { created: "2026-01-01T11:30:00.000Z" },
  );
  const copies = [replica(shop, every), replica(shop, alice)];
  const taker = interceptor(shop);
  const w = world([every, alice], [shop], {
    ours: [theGuard(), taker, ...copies],
    kits: { every: kit, alice: kit },
    accepting: Object.fromEntries(copies.map((c) => [c.inspect.Id, NOW])),
    interceptors: { [taker.name]: link() },
  });
  expect(planned(w)).toBe(
    'route shop-1-sidestep-port-8000: [{"header":{"x-debug":"alice"}}] to alice at 172.18.0.9:8000, everything to every at 172.18.0.9:8000  # it has dialled home',
  );
});

test("the order of a table: priority, what is specific, age; a secret for each share link", () => {
  const alice = { match: [{ header: { "x-debug": "alice" } }] };
  const sessions = [
    session("every", {}),
    session("alice", alice, { secret: "of-alice" }),
    session("first", { priority: 1 }),
  ];
  const copies = sessions.map((s) => replica(shop, s));
  const taker = interceptor(shop);
  const w = world(sessions, [shop], {
    ours: [theGuard(), taker, ...copies],
    kits: Object.fromEntries(sessions.map((s) => [s.name, kit])),
    accepting: Object.fromEntries(copies.map((c) => [c.inspect.Id, NOW])),
    interceptors: { [taker.name]: link() },
  });
  const [told] = plan(w, () => "token");
  const routes = told?.kind === "table" ? told.routes : [];
  expect(routes.map((r) => [r.session, r.share])).toEqual([
    ["first", shareSecret("t")],
    ["alice", shareSecret("of-alice")],
    ["every", shareSecret("t")],
  ]);
  expect(planned(w)).not.toContain(shareSecret("t"));
});

test("with threads a pause is no news to the interceptor: others are served meanwhile", () => {
  const s = session("s", { concurrency: "threads" });
  expect(planned(ready(s, { pauses: { s: 1 } }))).toBe("");
});

test("a pause is told to the interceptor", () => {
  const s = session("s", { whenPaused: "original" });
  expect(planned(ready(s, { pauses: { s: 1 } }))).toBe(
    "route shop-1-sidestep-port-8000: everything to s at 172.18.0.9:8000 (paused, original)  # the routes have changed",
  );
});

test("a replica that ended while it was paused is made anew, one that was killed is not", () => {
  const s = session("s");
  const w = ready(s);
  w.ours[1] = inState(replica(shop, s), "exited", 139);
  expect(planned(w)).not.toContain("remove shop-1-sidestep-s");
  w.crashed[w.ours[1].inspect.Id] = true;
  expect(planned(w)).toContain(
    "remove shop-1-sidestep-s  # it ended, and is wanted (killed by SIGSEGV)",
  );
});

test("an interceptor that was killed is made anew", () => {
  const s = session("s");
  const w = ready(s, { interceptors: {} });
  w.ours[2] = inState(interceptor(shop), "exited", 137);
  expect(planned(w)).toBe(
    "remove shop-1-sidestep-port-8000  # it ended with exit code 137",
  );
});

test("an interceptor that the kernel refuses is not tried again", () => {
  const w = ready(session("s"), { interceptors: {} });
  w.ours[2] = inState(interceptor(shop), "exited", 69);
  expect(planned(w)).toBe("");
});

test("what failed a moment ago is not created before its time", () => {
  const w = ready(session("s"), {
    interceptors: {},
    notBefore: { "shop-1-sidestep-port-8000": NOW + 1000 },
  });
  w.ours.pop();
  expect(planned(w)).toBe("");
  expect(planned({ ...w, now: NOW + 1001 })).toContain("create interceptor");
});

test("a replica that ended takes its route with it, and stays for its log", () => {
  const s = session("s");
  const w = ready(s);
  w.ours[1] = inState(replica(shop, s), "exited", 1);
  expect(planned(w)).toBe(
    "route shop-1-sidestep-port-8000: everything to the original  # the routes have changed",
  );
});

test("a target with another image gets a new replica", () => {
  const s = session("s");
  const w = ready(s);
  const rebuilt = app("shop-1", { Image: "sha256:newer" });
  w.targets["s"] = {
    port: 8000,
    containers: [{ inspect: rebuilt, owner: rebuilt }],
  };
  expect(planned(w)).toContain(
    "remove shop-1-sidestep-s  # shop-1 has changed",
  );
});

test("a restarted target: its interceptor holds a dead namespace and goes", () => {
  const w = ready(session("s"));
  const restarted = app("shop-1", {
    State: { ...shop.State, StartedAt: "2026-01-01T11:59:00Z" },
  });
  w.targets["s"] = {
    port: 8000,
    containers: [{ inspect: restarted, owner: restarted }],
  };
  expect(planned(w)).toBe(
    "remove shop-1-sidestep-port-8000  # shop-1 was restarted",
  );
});

test("a stopped target loses its interceptor and keeps its replica", () => {
  const w = ready(session("s"));
  w.targets["s"] = { problem: targetNotRunning("shop", "exited") };
  const text = planned(w);
  expect(text).toContain("remove shop-1-sidestep-port-8000");
  expect(text).not.toContain("remove shop-1-sidestep-s");
});

test("a target that is gone takes the replica with it", () => {
  const w = ready(session("s"));
  w.targets["s"] = { problem: targetNotFound("shop", []) };
  expect(planned(w)).toContain(
    "remove shop-1-sidestep-s  # the target of session s is gone",
  );
});

test("a target that became production takes the replica with it, too", () => {
  const w = ready(session("s"));
  const sign = "its environment has ENV=prod";
  w.targets["s"] = { problem: targetIsProduction("shop", sign, undefined) };
  expect(planned(w)).toContain(
    "remove shop-1-sidestep-s  # the target of session s says that it is production",
  );
});

test("original: pause freezes the original once its requests are rerouted", () => {
  const s = session("s", { original: "pause" });
  expect(planned(ready(s))).toBe(
    "freeze shop-1  # session s says original: pause",
  );
});

test("a frozen original is thawed when the session ends or its replica dies", () => {
  const s = session("s", { original: "pause" });
  const frozen = app("shop-1", { State: { ...shop.State, Paused: true } });
  const view = {
    port: 8000,
    containers: [{ inspect: frozen, owner: frozen }],
  };
  const w = ready(s);
  w.targets["s"] = view;
  expect(planned(w)).toBe("");
  const ending = { ...w, sessions: [{ ...s, deleting: NOW }] };
  expect(planned(ending).split("\n")[0]).toBe(
    "thaw shop-1  # session s no longer serves in its place",
  );
  w.ours[1] = inState(replica(shop, s), "exited", 1);
  expect(planned(w)).toContain("thaw shop-1");
});

test("a sidecar that goes on with a session's end waits for its interceptor to dial home", () => {
  const name = "shop-1-sidestep-port-8000";
  const begun = (deleting: number, more: Partial<World> = {}) =>
    ready(session("s", {}, { deleting }), { interceptors: {}, ...more });
  expect(planned(begun(NOW - 1_000))).toBe("");
  expect(planned(begun(NOW - 4_000))).toContain(`remove ${name}`);
  expect(planned(begun(NOW - 4_000))).toContain("remove shop-1-sidestep-s");
  // It has dialled, and has not said yet what is in hand.
  const dialled = begun(NOW - 1_000, { interceptors: { [name]: link() } });
  expect(planned(dialled)).not.toContain("remove shop-1-sidestep-s");
});

test("a session's end: pauses go on, then the way back, then removal", () => {
  const s = session("s", {}, { deleting: NOW });
  const w = ready(s, { pauses: { s: 2 } });
  const name = "shop-1-sidestep-port-8000";
  expect(planned(w)).toBe(
    [
      "continue all pauses of s  # session s ends",
      `route ${name}: everything to the original  # the routes have changed`,
      `drain ${name}  # no session reroutes this port any more`,
    ].join("\n"),
  );

  const busy = link({
    applied: 2,
    draining: NOW,
    sent: { version: 2, routes: [] },
    inflight: { s: 1 },
  });
  const draining = { ...w, pauses: {}, interceptors: { [name]: busy } };
  expect(planned(draining)).toBe("");

  busy.inflight = {};
  busy.drained = true;
  expect(planned(draining)).toBe(
    [
      "remove shop-1-sidestep-s  # session s ends",
      `remove ${name}  # no session reroutes this port any more`,
    ].join("\n"),
  );

  const gone = { ...draining, ours: [theGuard()], interceptors: {} };
  expect(planned(gone)).toBe("forget session s  # session s ends");
});

test("connections that do not end are cut after 30 seconds", () => {
  const s = session("s", {}, { deleting: NOW - 36_000 });
  const w = ready(s);
  w.interceptors["shop-1-sidestep-port-8000"] = link({
    applied: 2,
    draining: NOW - 36_000,
    sent: { version: 2, routes: [] },
    inflight: { s: 1 },
  });
  expect(planned(w)).toContain("remove shop-1-sidestep-s");
  expect(planned(w)).toContain("remove shop-1-sidestep-port-8000");
});

test("a sidecar that is ending cuts them before compose would kill it", () => {
  const s = session("s", {}, { deleting: NOW - 19_000 });
  const w = ready(s, { stopping: true });
  w.interceptors["shop-1-sidestep-port-8000"] = link({
    applied: 2,
    draining: NOW - 19_000,
    sent: { version: 2, routes: [] },
    inflight: { s: 1 },
  });
  expect(planned(w)).toContain("remove shop-1-sidestep-s");
  expect(planned(w)).toContain("remove shop-1-sidestep-port-8000");
  expect(planned({ ...w, stopping: false })).toBe("");
});

test("another session on the same port keeps the interceptor", () => {
  const ending = session("ending", {}, { deleting: NOW });
  const other = session("other", { match: [{ path: "/x" }] });
  const w = world([ending, other], [shop], {
    ours: [theGuard(), interceptor(shop), replica(shop, ending)],
    interceptors: {
      "shop-1-sidestep-port-8000": link({
        applied: 1,
        sent: { version: 1, routes: [] },
      }),
    },
  });
  expect(planned(w)).not.toContain("drain");
  expect(planned(w)).not.toContain("remove shop-1-sidestep-port-8000");
  expect(planned(w)).toContain("remove shop-1-sidestep-ending");
});

test("what nobody's session has is removed", () => {
  const w = world([], [], {
    ours: [replica(shop, session("old")), interceptor(shop), theGuard()],
  });
  expect(planned(w)).toBe(
    [
      "remove demo-sidestep-1-guard  # there is no session to guard",
      "remove shop-1-sidestep-old  # no session has it",
      "remove shop-1-sidestep-port-8000  # no session reroutes this port any more",
    ].join("\n"),
  );
});

test("one that looks, or sends a canary, is left to who made it, unless that has died", () => {
  const s = session("s");
  const w = ready(s);
  const at = (age: number): World => {
    const made = [
      portProbe(shop, NOW - age),
      canary(replica(shop, s), NOW - age),
    ];
    // Made and not yet started, at work, and with its output still to be read.
    const all = made.flatMap((c) =>
      ["created", "running", "exited"].map((state) => inState(c, state)),
    );
    return { ...w, ours: [...w.ours, ...all] };
  };
  expect(planned(at(10_000))).toBe("");
  expect(
    planned(at(60_000)).match(/^remove .* # who made it has left it$/gm),
  ).toHaveLength(6);
});

test("a sidecar that stops leaves a guard, for the volume", () => {
  const w = world([], [], { stopping: true });
  expect(planned(w)).toContain("create guard demo-sidestep-1-guard");
  expect(planned({ ...w, ours: [theGuard()] })).toBe("");
});

test("tokens are in what is created, and never in the plan's text", () => {
  const w = world([session("s")], [shop]);
  const operations = plan(w, () => "SECRET");
  const bodies = operations.flatMap((op) =>
    op.kind === "create" ? [JSON.stringify(op.spec.body)] : [],
  );
  expect(bodies.filter((body) => body.includes("SECRET"))).toHaveLength(2);
  expect(renderPlan(operations)).not.toContain("SECRET");
});

describe("a replica that serves without the kit", () => {
  const s = session("s");
  const without = (changes: Partial<World> = {}) => {
    const w = ready(s, { kits: {}, ...changes });
    const copy = w.ours.find((c) => c.role === "replica")!;
    return { ...w, accepting: { [copy.inspect.Id]: NOW - 3_000 } };
  };
  const DIST = "/usr/lib/python3/dist-packages";
  const SINCE = "the app starts Python without its environment";

  test("Python's folders are looked for, and traffic waits for that", () => {
    expect(planned(without())).toBe(
      [
        `look for Python's folders in shop-1-sidestep-s  # ${SINCE}`,
        "route shop-1-sidestep-port-8000: everything to the original  # the routes have changed",
      ].join("\n"),
    );
  });

  test("no folders: it serves as it is", () => {
    expect(planned(without({ sitePackages: { s: [] } }))).toBe("");
  });

  test("a read-only root takes no file: it serves as it is", () => {
    const w = without();
    for (const c of w.ours) c.inspect.HostConfig["ReadonlyRootfs"] = true;
    expect(planned(w)).toBe("");
  });

  test("folders: it is made anew", () => {
    expect(planned(without({ sitePackages: { s: [DIST] } }))).toBe(
      [
        `remove shop-1-sidestep-s  # ${SINCE}`,
        "route shop-1-sidestep-port-8000: everything to the original  # the routes have changed",
      ].join("\n"),
    );
    const gone = without({ sitePackages: { s: [DIST] } });
    gone.ours = gone.ours.filter((c) => c.role !== "replica");
    const steps = planned(gone).split("\n");
    expect(steps.slice(0, 4)).toEqual([
      "create replica shop-1-sidestep-s  # session s debugs shop-1",
      "copy /run/secrets of id-of-shop-1 to shop-1-sidestep-s  # compose copies them in after creation",
      `put the kit into ${DIST} of shop-1-sidestep-s  # ${SINCE}`,
      "start shop-1-sidestep-s  # session s debugs shop-1",
    ]);
  });

  test("an app that loads the kit late is left as it is", () => {
    const w = without({ sitePackages: { s: [DIST] }, kits: { s: kit } });
    expect(planned(w)).toBe("");
  });

  test("made anew, it is kept, also by a sidecar that has just started", () => {
    const w = without();
    w.ours = w.ours.map((c) =>
      c.role === "replica" ? replica(shop, s, [DIST]) : c,
    );
    expect(planned(w)).toBe("");
  });
});

describe("a toolbox", () => {
  const s = session("s");
  const copy = replica(shop, s);
  const tools = toolbox(s, copy);

  test("stays with its replica", () => {
    const w = ready(s);
    expect(planned({ ...w, ours: [...w.ours, tools] })).toBe("");
  });

  test("of another replica, or of one that is gone, is removed", () => {
    const w = ready(s);
    const labels = { ...tools.labels, "sidestep.target": "former" };
    expect(planned({ ...w, ours: [...w.ours, { ...tools, labels }] })).toBe(
      "remove shop-1-sidestep-s-toolbox  # its replica is gone",
    );
  });

  test("is removed before its session is over", () => {
    const ending = session("s", {}, { deleting: NOW });
    const w = world([ending], [shop], { ours: [theGuard(), tools] });
    expect(planned(w)).toBe(
      "remove shop-1-sidestep-s-toolbox  # its replica is gone",
    );
  });
});

test("a spec that changed in place keeps its replica; one that cannot does not", () => {
  const s = session("s");
  const w = ready(s);
  const changed = (spec: object): World => ({
    ...w,
    sessions: [{ ...s, spec: { ...s.spec, ...spec } }],
  });
  expect(planned(changed({ ttl: "1h", maxWait: "3s" }))).not.toContain(
    "remove",
  );
  expect(planned(changed({ env: { A: "1" } }))).toContain(
    "remove shop-1-sidestep-s",
  );
});
