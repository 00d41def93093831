import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { SessionSpec } from "../../sidecar/schema/index.js";
import { CONFIG_COPIED, HOST_COPIED } from "./copied.js";
import type { Inspect } from "./engine.js";
import {
  replicaFromInspect,
  replicaName,
  type ReplicaOptions,
} from "./replica.js";
import { recorded } from "./testing/recorded.js";

const ALL = readdirSync(new URL("testdata/", import.meta.url))
  .filter((file) => file.endsWith(".json"))
  .map((file) => file.replace(".json", ""));

interface Body {
  Image: string;
  Env: string[];
  Labels: Record<string, string>;
  Entrypoint: string[];
  Cmd: string[];
  HostConfig: Record<string, unknown> & { Mounts: object[]; Binds: string[] };
  NetworkingConfig: { EndpointsConfig: Record<string, object> };
  [key: string]: unknown;
}

const VOLUME = [
  {
    Type: "volume",
    Source: "demo_sidestep",
    Target: "/.sidestep",
    ReadOnly: true,
  },
  { Type: "tmpfs", Target: "/.sidestep/private", ReadOnly: true },
];

/** The replica of a target, by recording or as given. */
function replicaOf(
  target: string | Inspect,
  changes: Omit<Partial<ReplicaOptions>, "spec"> & {
    spec?: Partial<SessionSpec>;
  } = {},
) {
  const inspect = typeof target === "string" ? recorded(target) : target;
  const { spec, ...rest } = changes;
  const made = replicaFromInspect(inspect, {
    session: "debug",
    created: "2026-01-01T12:00:00.000Z",
    port: 8000,
    token: "t0ken",
    volume: "demo_sidestep",
    project: "demo",
    networksOf: inspect,
    ...rest,
    spec: SessionSpec.parse({ target: "shop", ...spec }),
  });
  return { ...made, body: made.body as Body };
}

/** A recording with something else in it. */
function changed(name: string, change: (inspect: Inspect) => void): Inspect {
  const inspect = recorded(name);
  change(inspect);
  return inspect;
}

describe.each(ALL)("of %s", (name) => {
  const target = recorded(name);
  const { body } = replicaOf(target);

  test("the image is the very one", () => {
    expect(body.Image).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(body.Image).toBe(target.Image);
  });

  test("what makes the app what it is, and what it may use, is copied", () => {
    for (const key of CONFIG_COPIED) {
      expect(body[key], key).toEqual(target.Config[key] ?? undefined);
    }
    for (const key of HOST_COPIED) {
      const value = target.HostConfig[key] ?? undefined;
      expect(body.HostConfig[key], key).toEqual(value);
    }
  });

  test("it has a terminal, and neither health check nor restart nor ports", () => {
    expect(body).toMatchObject({
      Healthcheck: { Test: ["NONE"] },
      Tty: true,
      OpenStdin: true,
      StdinOnce: false,
    });
    expect(body.HostConfig).toMatchObject({
      RestartPolicy: { Name: "no" },
      AutoRemove: false,
      PortBindings: {},
      PublishAllPorts: false,
    });
  });

  test("nothing of the target's identity comes along", () => {
    const text = JSON.stringify({ ...body, Labels: undefined });
    for (const key of [
      "Hostname",
      "MacAddress",
      "IPAMConfig",
      "Aliases",
      "EndpointID",
      "IPAddress",
      "DNSNames",
      "ContainerIDFile",
      "VolumesFrom",
      "State",
    ]) {
      expect(text).not.toContain(`"${key}"`);
    }
  });

  test("the shared volume is mounted, read-only, without what is the sidecar's alone", () => {
    expect(body.HostConfig.Mounts.slice(-2)).toEqual(VOLUME);
  });

  test("each volume of the target is named: none would be made anew", () => {
    for (const mount of body.HostConfig.Mounts as Record<string, unknown>[]) {
      if (mount["Type"] === "volume") expect(mount["Source"]).toBeTruthy();
    }
    for (const bind of body.HostConfig.Binds) expect(bind).toContain(":");
  });

  test("it stays out of public routes and of compose's way", () => {
    expect(body.Labels["traefik.enable"]).toBe("false");
    expect(body.Labels["com.docker.compose.oneoff"] ?? "True").toBe("True");
    expect(body.Labels).not.toHaveProperty([
      "com.docker.compose.container-number",
    ]);
  });
});

describe("command", () => {
  test("entrypoint and command are copied together", () => {
    const { body } = replicaOf("entrypoint");
    expect(body.Entrypoint).toEqual(["/usr/bin/env"]);
    expect(body.Cmd).toEqual(["-i", "sleep", "infinity"]);
  });

  test("an entrypoint that was cleared stays cleared: [], as null restores it", () => {
    const { body } = replicaOf("no-entrypoint");
    expect(body.Entrypoint).toEqual([]);
    expect(body.Cmd).toEqual(["sleep", "infinity"]);
  });

  test("an entrypoint without a command gets none", () => {
    const target = changed("entrypoint", (i) => (i.Config.Cmd = null));
    expect(replicaOf(target).body.Cmd).toEqual([]);
  });

  test("the session's command is run without the entrypoint", () => {
    const command = ["python", "manage.py", "runserver"];
    const { body } = replicaOf("entrypoint", { spec: { command } });
    expect(body.Entrypoint).toEqual([]);
    expect(body.Cmd).toEqual(command);
  });

  test("user, folder, stop signal and time are the target's", () => {
    expect(replicaOf("entrypoint").body).toMatchObject({
      User: "1000:1000",
      WorkingDir: "/srv",
      StopSignal: "SIGINT",
      StopTimeout: 30,
    });
  });
});

describe("environment", () => {
  const env = (entries: string[]) =>
    changed("limits", (i) => (i.Config.Env = entries));

  test("is the target's, and what is unset stays unset", () => {
    const { body } = replicaOf("entrypoint");
    expect(body.Env).toEqual([
      "A=1",
      "FROM_IMAGE",
      "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      "GREETING=hello",
      "PYTHONPATH=/.sidestep/kit/python",
      "SIDESTEP_SESSION=debug",
      "SIDESTEP_KIT_SOCKET=/.sidestep/run/debug/kit.sock",
      "SIDESTEP_ON_EXCEPTION=browser",
      "SIDESTEP_CONCURRENCY=sync",
      "SIDESTEP_PORT=8000",
      "SIDESTEP_WORKDIR=/srv",
      "SIDESTEP_TOKEN=t0ken",
    ]);
  });

  test("the kit comes before the target's PYTHONPATH", () => {
    const { body } = replicaOf(env(["PYTHONPATH=/app:/lib"]));
    expect(body.Env).toContain("PYTHONPATH=/.sidestep/kit/python:/app:/lib");
  });

  test("values may hold anything, = and new lines too; the last one counts", () => {
    const { body } = replicaOf(env(["A=1", "URL=a=b&c=d\ne", "EMPTY=", "A=2"]));
    expect(body.Env.slice(0, 3)).toEqual(["A=2", "URL=a=b&c=d\ne", "EMPTY="]);
  });

  test("the session's overrides win, also over what is unset", () => {
    const { body } = replicaOf("entrypoint", {
      spec: { env: { A: "2", FROM_IMAGE: "3", NEW: "4" } },
    });
    expect(body.Env).toEqual(
      expect.arrayContaining(["A=2", "FROM_IMAGE=3", "NEW=4"]),
    );
    expect(body.Env).not.toContain("FROM_IMAGE");
  });

  test("nobody else's token gets in", () => {
    const { body } = replicaOf(env(["SIDESTEP_TOKEN=theirs"]));
    const tokens = body.Env.filter((e) => e.startsWith("SIDESTEP_TOKEN"));
    expect(tokens).toEqual(["SIDESTEP_TOKEN=t0ken"]);
  });

  test("the debugger's keys are there if it has some, and no part of the hash", () => {
    const keys = { pin: "1-2", secret: "s3cret" };
    const theirs = env(["SIDESTEP_PIN=1", "SIDESTEP_DEBUGGER_SECRET=x"]);
    const { body, hash } = replicaOf(theirs, { debugger: keys });
    const found = body.Env.filter((e) => /PIN|SECRET/.test(e));
    expect(found).toEqual([
      "SIDESTEP_PIN=1-2",
      "SIDESTEP_DEBUGGER_SECRET=s3cret",
    ]);
    const without = replicaOf(theirs);
    expect(without.body.Env.join("\n")).not.toMatch(/PIN|SECRET/);
    expect(without.hash).toBe(hash);
  });

  test("what routes public traffic is unset, unless the session sets it", () => {
    const { body } = replicaOf("served");
    expect(body.Env).toEqual(
      expect.arrayContaining(["VIRTUAL_HOST", "LETSENCRYPT_HOST"]),
    );
    const spec = { env: { VIRTUAL_HOST: "debug.test" } };
    expect(replicaOf("served", { spec }).body.Env).toContain(
      "VIRTUAL_HOST=debug.test",
    );
    expect(replicaOf(env(["VIRTUAL_ENV=/venv"])).body.Env).toContain(
      "VIRTUAL_ENV=/venv",
    );
  });
});

describe("storage", () => {
  const NoCopy = { VolumeOptions: { NoCopy: true } };
  const { Name: anonymous } = point("mounts", "/anonymous");
  const { Name: unnamed } = point("mounts", "/unnamed");
  const { Name: image } = point("mounts", "/var/data");

  function point(name: string, at: string) {
    return recorded(name).Mounts!.find((m) => m.Destination === at)!;
  }

  test("binds and mounts are kept, anonymous volumes get their names", () => {
    const { HostConfig } = replicaOf("mounts").body;
    expect(HostConfig.Mounts).toEqual([
      {
        Type: "volume",
        Source: "named",
        Target: "/mounted",
        ReadOnly: true,
        ...NoCopy,
      },
      { Type: "volume", Source: unnamed, Target: "/unnamed", ...NoCopy },
      {
        Type: "bind",
        Source: "/usr/share/doc",
        Target: "/doc",
        ReadOnly: true,
      },
      {
        Type: "tmpfs",
        Target: "/temporary",
        TmpfsOptions: { SizeBytes: 1_000_000 },
      },
      {
        Type: "volume",
        Source: anonymous,
        Target: "/anonymous",
        ReadOnly: false,
        ...NoCopy,
      },
      {
        Type: "volume",
        Source: image,
        Target: "/var/data",
        ReadOnly: false,
        ...NoCopy,
      },
      ...VOLUME,
    ]);
    expect(HostConfig["Tmpfs"]).toEqual({ "/scratch": "size=1m" });
  });

  test("a private SELinux label is shared, and no volume is filled", () => {
    expect(replicaOf("mounts").body.HostConfig.Binds).toEqual([
      "named:/named/:nocopy",
      "/usr/share:/share:ro",
      "named:/private:z,nocopy",
    ]);
  });

  test("a bind that is only a path is an anonymous volume", () => {
    const target = changed("mounts", (i) => {
      i.HostConfig.Binds = ["/anonymous"];
    });
    const { HostConfig } = replicaOf(target).body;
    expect(HostConfig.Binds).toEqual([]);
    expect(HostConfig.Mounts).toContainEqual({
      Type: "volume",
      Source: anonymous,
      Target: "/anonymous",
      ReadOnly: false,
      ...NoCopy,
    });
  });

  test("of VolumesFrom each volume and folder is mounted itself", () => {
    const { HostConfig } = replicaOf("volumes-from").body;
    expect(HostConfig.Mounts).toEqual([
      {
        Type: "volume",
        Source: point("volumes-from", "/anonymous").Name,
        Target: "/anonymous",
        ReadOnly: false,
        ...NoCopy,
      },
      {
        Type: "volume",
        Source: "named",
        Target: "/named",
        ReadOnly: false,
        ...NoCopy,
      },
      {
        Type: "bind",
        Source: "/usr/share",
        Target: "/share",
        ReadOnly: true,
        BindOptions: { Propagation: "rprivate" },
      },
      ...VOLUME,
    ]);
  });

  test("a part of a volume stays a part", () => {
    const target = changed("mounts", (i) => {
      i.HostConfig.Mounts![0]!["VolumeOptions"] = { Subpath: "media" };
    });
    expect(replicaOf(target).body.HostConfig.Mounts[0]).toMatchObject({
      VolumeOptions: { Subpath: "media", NoCopy: true },
    });
  });

  test("compose's secrets from files are binds, read-only", () => {
    const { HostConfig } = replicaOf("compose").body;
    expect([...HostConfig.Binds, ...HostConfig.Mounts]).toContainEqual(
      expect.objectContaining({
        Type: "bind",
        Source: "/srv/stack/Dockerfile",
        Target: "/run/secrets/fixed",
        ReadOnly: true,
      }),
    );
  });
});

describe("networks", () => {
  test("are the target's: its main one at creation, the others before start", () => {
    const { body, connect } = replicaOf("networks");
    expect(body.HostConfig["NetworkMode"]).toBe("front");
    expect(body.NetworkingConfig.EndpointsConfig).toEqual({
      front: { Links: ["other:cache"] },
    });
    expect(connect).toEqual([
      {
        network: "back",
        endpoint: { DriverOpts: { "com.example.option": "1" } },
      },
      { network: "bridge", endpoint: {} },
    ]);
    expect(body["Domainname"]).toBe("example.test");
  });

  test("the priority of a gateway is kept", () => {
    const target = changed("networks", (i) => {
      i.NetworkSettings.Networks!["back"]!.GwPriority = 10;
    });
    expect(replicaOf(target).connect[0]?.endpoint).toMatchObject({
      GwPriority: 10,
    });
  });

  test.each(["bridge", "default", undefined])(
    "the default bridge (%s) takes no endpoint, and its links are rewritten",
    (mode) => {
      const target = changed(
        "bridge",
        (i) => (i.HostConfig.NetworkMode = mode),
      );
      const { body, connect } = replicaOf(target);
      expect(body.HostConfig["NetworkMode"]).toBe("bridge");
      expect(body.NetworkingConfig.EndpointsConfig).toEqual({});
      expect(body.HostConfig["Links"]).toEqual([
        "linked:cache",
        "linked:queue",
      ]);
      expect(connect).toEqual([{ network: "back", endpoint: {} }]);
    },
  );

  test("of a namespace that is another's, that one's networks and names", () => {
    const owner = recorded("bridge");
    const { body, connect, name } = replicaOf("joined-bridge", {
      networksOf: owner,
    });
    expect(name).toBe("joined-bridge-sidestep-debug");
    expect(body.HostConfig).toMatchObject({
      NetworkMode: "bridge",
      Links: ["linked:cache", "linked:queue"],
      Dns: ["10.0.0.53"],
      DnsSearch: ["example.test"],
      DnsOptions: ["ndots:2"],
      ExtraHosts: ["db:10.0.0.9"],
      Sysctls: { "net.core.somaxconn": "1024" },
    });
    expect(connect.map(({ network }) => network)).toEqual(["back"]);
    const joined = replicaOf("joined", { networksOf: recorded("networks") });
    expect(joined.body.NetworkingConfig.EndpointsConfig).toEqual({
      front: { Links: ["other:cache"] },
    });
  });

  test("of the owner's sysctls only the network's come along", () => {
    const owner = changed("bridge", (i) => {
      i.HostConfig.Sysctls = { "net.core.somaxconn": "1", "kernel.sem": "2" };
    });
    const target = changed("joined-bridge", (i) => {
      i.HostConfig.Sysctls = { "kernel.msgmax": "3" };
    });
    const { body } = replicaOf(target, { networksOf: owner });
    expect(body.HostConfig["Sysctls"]).toEqual({
      "net.core.somaxconn": "1",
      "kernel.msgmax": "3",
    });
  });

  test("compose's links are kept, its aliases are not", () => {
    const { body } = replicaOf("compose");
    expect(body.NetworkingConfig.EndpointsConfig).toEqual({
      stack_default: {
        Links: [
          "stack-cache-1:store",
          "stack-cache-1:cache-1",
          "stack-cache-1:stack-cache-1",
        ],
      },
    });
  });
});

describe("what it may do", () => {
  // Spelled out, so that a key that is forgotten in the list is missed here.
  test.each<[string, Record<string, unknown>]>([
    [
      "limits",
      {
        Memory: 64 * 2 ** 20,
        MemoryReservation: 32 * 2 ** 20,
        MemorySwap: 128 * 2 ** 20,
        NanoCpus: 500_000_000,
        CpusetCpus: "0",
        CpuShares: 512,
        PidsLimit: 100,
        ShmSize: 8 * 2 ** 20,
        OomScoreAdj: 100,
        LogConfig: { Type: "json-file", Config: { "max-size": "1m" } },
        Ulimits: [
          { Name: "core", Hard: 0, Soft: 0 },
          { Name: "nofile", Hard: 2048, Soft: 1024 },
        ],
      },
    ],
    ["quota", { CpuPeriod: 50_000, CpuQuota: 25_000, NanoCpus: 0 }],
    [
      "hardened",
      {
        CapDrop: ["ALL"],
        ReadonlyRootfs: true,
        Init: true,
        SecurityOpt: ["no-new-privileges"],
        GroupAdd: ["44"],
      },
    ],
    ["privileged", { Privileged: true }],
    [
      "devices",
      {
        MaskedPaths: [],
        ReadonlyPaths: [],
        SecurityOpt: ["seccomp=unconfined"],
        DeviceCgroupRules: ["c 10:* r"],
        Devices: [
          {
            PathOnHost: "/dev/null",
            PathInContainer: "/dev/nothing",
            CgroupPermissions: "r",
          },
        ],
      },
    ],
    ["namespaces", { UTSMode: "host", CgroupnsMode: "host" }],
  ])("of %s is as the target's", (name, settings) => {
    expect(replicaOf(name).body.HostConfig).toMatchObject(settings);
  });

  test("the namespaces of other containers are joined too", () => {
    const { HostConfig } = replicaOf("namespaces").body;
    expect(HostConfig["IpcMode"]).toMatch(/^container:[0-9a-f]{64}$/);
    expect(HostConfig["PidMode"]).toBe(HostConfig["IpcMode"]);
  });

  test("GPUs are asked for as the target did", () => {
    expect(replicaOf("gpu").body.HostConfig["DeviceRequests"]).toEqual([
      expect.objectContaining({ DeviceIDs: ["0"] }),
    ]);
  });
});

describe("labels", () => {
  test("are ours; each of the target's is emptied, as its image's come back", () => {
    const { body, hash } = replicaOf("served", { spec: { port: 8000 } });
    const target = recorded("served");
    expect(body.Labels).toEqual({
      "com.docker.compose.project": "sidestep-sessions",
      "com.docker.compose.service": "sidestep",
      "com.docker.compose.oneoff": "True",
      "traefik.enable": "false",
      "traefik.http.routers.web.rule": "",
      "sidestep.role": "replica",
      "sidestep.session": "debug",
      "sidestep.spec": expect.any(String) as string,
      "sidestep.created": "2026-01-01T12:00:00.000Z",
      "sidestep.project": "demo",
      "sidestep.owner": "demo_sidestep",
      "sidestep.target": target.Id,
      "sidestep.hash": hash,
    });
    expect(
      SessionSpec.parse(JSON.parse(body.Labels["sidestep.spec"]!)),
    ).toEqual({
      target: "shop",
      port: 8000,
      whenPaused: "queue",
      onException: "browser",
      concurrency: "sync",
      original: "keep",
    });
  });

  test("of a compose service: not of its project, whatever compose is asked", () => {
    const { Labels } = replicaOf("compose").body;
    const compose = Object.entries(Labels).filter(([key]) =>
      key.startsWith("com.docker."),
    );
    expect(Object.fromEntries(compose)).toEqual({
      "com.docker.compose.project": "sidestep-sessions",
      "com.docker.compose.service": "sidestep",
      "com.docker.compose.oneoff": "True",
    });
    expect(Labels["VIRTUAL_HOST"]).toBe("");
  });

  test("an image that compose built does not make it a service", () => {
    const { Labels } = replicaOf("compose-image").body;
    expect(Labels["com.docker.compose.project"]).toBe("sidestep-sessions");
    expect(Labels["com.docker.compose.service"]).toBe("sidestep");
  });

  test("the token is in none", () => {
    expect(JSON.stringify(replicaOf("compose").body.Labels)).not.toContain(
      "t0ken",
    );
  });
});

describe("what ends the target's way of running", () => {
  test("ports are exposed, and not published", () => {
    const { body } = replicaOf("served");
    expect(body["ExposedPorts"]).toEqual({ "8000/tcp": {}, "9000/udp": {} });
    expect(body.HostConfig["PortBindings"]).toEqual({});
  });

  test("of what the Engine removes by itself, the replica stays to be read", () => {
    expect(recorded("autoremove").HostConfig["AutoRemove"]).toBe(true);
    expect(replicaOf("autoremove").body.HostConfig["AutoRemove"]).toBe(false);
  });
});

describe("hash", () => {
  const anonymousOf = (i: Inspect) =>
    i.Mounts!.find((m) => /^[0-9a-f]{64}$/.test(m.Name ?? ""))!;
  const reversed = (object: object | null | undefined) =>
    Object.fromEntries(Object.entries(object ?? {}).reverse());

  test("does not change with a restart, nor with the order of an answer", () => {
    for (const name of ALL) {
      const again = changed(name, (i) => {
        i.State.StartedAt = "2030-01-01T00:00:00Z";
        i.Mounts?.reverse();
        i.HostConfig.Links?.reverse();
        i.HostConfig.Ulimits?.reverse();
        i.NetworkSettings.Networks = reversed(i.NetworkSettings.Networks);
        i.Config = reversed(i.Config) as Inspect["Config"];
        i.HostConfig = reversed(i.HostConfig);
        for (const n of Object.values(i.NetworkSettings.Networks ?? {})) {
          n.IPAddress = "10.1.2.3";
          n.DriverOpts ??= {};
        }
      });
      expect(replicaOf(again).hash, name).toBe(replicaOf(name).hash);
    }
  });

  test("does not change with the token, or with when the session began", () => {
    const { hash } = replicaOf("compose");
    const other = { token: "another", created: "2027-01-01T00:00:00.000Z" };
    expect(replicaOf("compose", other).hash).toBe(hash);
  });

  test("does not change with what the replica does not take", () => {
    const target = changed("compose", (i) => {
      i.HostConfig["RestartPolicy"] = { Name: "always" };
      i.HostConfig["PortBindings"] = { "8000/tcp": [{ HostPort: "1" }] };
      i.Config["Healthcheck"] = null;
    });
    expect(replicaOf(target).hash).toBe(replicaOf("compose").hash);
  });

  test.each<[string, (i: Inspect) => void]>([
    ["an image", (i) => (i.Image = "sha256:new")],
    ["an environment variable", (i) => i.Config.Env!.push("NEW=1")],
    ["a value", (i) => (i.Config.Env = ["A=2", ...i.Config.Env!.slice(1)])],
    ["a command", (i) => (i.Config.Cmd = ["true"])],
    ["an anonymous volume", (i) => (anonymousOf(i).Name = "other")],
    ["a bind", (i) => (i.HostConfig.Binds = ["/srv:/srv"])],
    ["a limit", (i) => (i.HostConfig["Memory"] = 1)],
    ["a network", (i) => (i.NetworkSettings.Networks!["other"] = {})],
    [
      "a link",
      (i) => delete i.NetworkSettings.Networks!["stack_default"]!.Links,
    ],
  ])("changes with %s", (_, change) => {
    const target = changed("compose", change);
    expect(replicaOf(target).hash).not.toBe(replicaOf("compose").hash);
  });

  test("changes with the session's settings, in any order of their keys", () => {
    const one = replicaOf("compose", { spec: { env: { A: "1", B: "2" } } });
    const same = replicaOf("compose", { spec: { env: { B: "2", A: "1" } } });
    const other = replicaOf("compose", { spec: { env: { A: "1", B: "3" } } });
    expect(same.hash).toBe(one.hash);
    expect(other.hash).not.toBe(one.hash);
  });
});

test("a replica is named after its target and its session", () => {
  expect(replicaName(recorded("compose"), "a-1")).toBe(
    "stack-shop-1-sidestep-a-1",
  );
});
