import { expect, test } from "vitest";
import type { Inspect } from "../../docker/engine/engine.js";
import { judgeCompose, judgeEngine } from "./engine.js";
import { isKnownProbe, questionsOf } from "./health.js";
import { judgeKernel } from "./kernel.js";
import { runtimeOf } from "./runtime.js";
import { judgeTarget, type SeenTarget } from "./targets.js";

test("an Engine and a Compose that are too old", () => {
  const place = { url: "unix:///x", context: "default", by: "docker" };
  const engine = (version: string, apiVersion: string) =>
    judgeEngine({ version, apiVersion }, place).status;
  expect(engine("20.10.24", "1.41")).toBe("ok");
  expect(engine("19.03.15", "1.40")).toBe("failure");
  expect(engine("30.0.0", "2.0")).toBe("ok");
  expect(judgeCompose("v2.20.0").status).toBe("ok");
  expect(judgeCompose("2.19.1").status).toBe("warning");
  expect(judgeCompose("5.0.1").status).toBe("ok");
  expect(judgeCompose(undefined).fix).toContain("sidestep up");
});

test("a kernel without the module is a failure, with what to load", () => {
  const takeover = { reason: "TakeoverUnsupported", message: "nft said: no" };
  const [rules, old] = judgeKernel({ takeover, closing: "not-supported" });
  expect(rules).toMatchObject({
    status: "failure",
    fix: expect.stringContaining("modprobe nft_tproxy") as string,
  });
  expect(old?.status).toBe("warning");
  const fine = judgeKernel({ takeover: null, closing: "yes" });
  expect(fine.map(({ status }) => status)).toEqual(["ok", "ok"]);
});

test.each([
  [["python3 /usr/bin/gunicorn shop.wsgi"], "python (gunicorn)", true],
  [["gunicorn: master [shop.wsgi]"], "python (gunicorn)", true],
  [["uwsgi-core --http :8000"], "python (uwsgi)", true],
  [["python manage.py runserver"], "python (runserver)", true],
  [["/opt/venv/bin/python3.13 -m shop"], "python", true],
  [["node server.js"], "node", false],
  [["/app/server --python"], "no Python", false],
])("%j is %s", (processes, text, pauses) => {
  expect(runtimeOf(processes)).toEqual({ text, pauses });
});

test("a health check that asks another container, and not a path for probes", () => {
  const test = "curl -f http://shop:8000/orders || wget http://localhost/x";
  const [question, ...others] = questionsOf("web", ["CMD-SHELL", test]);
  expect(question).toEqual({ by: "web", host: "shop", path: "/orders" });
  expect(others).toEqual([]);
  const known = (path: string) => isKnownProbe({ by: "", host: "", path });
  expect(known("/healthz")).toBe(true);
  expect(known("/health/db")).toBe(true);
  expect(known("/orders")).toBe(false);
});

const seen = (more: Partial<SeenTarget> = {}, expose = [8000]): SeenTarget => ({
  name: "demo/shop",
  container: "demo-shop-1",
  processes: ["gunicorn: worker"],
  namespace: { tables: [], live: [], listening: [8000], established: {} },
  intercepted: false,
  asked: [],
  ...more,
  inspect: {
    Config: {
      ExposedPorts: Object.fromEntries(expose.map((p) => [`${p}/tcp`, {}])),
    },
    HostConfig: { NetworkMode: "bridge" },
    State: {},
  } as unknown as Inspect,
});

test("a target's port is found as a session would find it", () => {
  const judge = (...args: Parameters<typeof seen>) =>
    judgeTarget(seen(...args), "sidestep-sidecar")[0];
  expect(judge()).toEqual({
    check: "target/demo/shop",
    status: "ok",
    message: "port 8000; python (gunicorn)",
  });
  expect(judge({}, [80, 8000])?.message).toContain("port 8000;");
  const two = { tables: [], live: [], listening: [80, 8000], established: {} };
  expect(judge({ namespace: two }, [80, 8000])?.fix).toBe(
    "sidestep debug demo/shop --port 80",
  );
  const none = { ...two, listening: [] };
  expect(judge({ namespace: none }, [])?.fix).toContain("--port PORT");
  const busy = { ...two, listening: [8000], established: { "8000": 2 } };
  expect(judge({ namespace: busy })?.message).toContain("2 open connections");
});

test("rules without a lease are left over, unless a session is just coming", () => {
  const namespace = {
    tables: [8000, 9000],
    live: [9000],
    listening: [8000],
    established: {},
  };
  const judge = (intercepted: boolean) =>
    judgeTarget(seen({ namespace, intercepted }), "image")[1];
  expect(judge(true)).toBeUndefined();
  expect(judge(false)).toMatchObject({
    status: "warning",
    message: expect.stringContaining("effect: sidestep_8000") as string,
    fix: "docker run --rm --network container:demo-shop-1 --cap-add NET_ADMIN image python3 /app/sidecar/interceptor/launch.py cleanup",
  });
});
