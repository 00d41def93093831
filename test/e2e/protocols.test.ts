import { spawn } from "node:child_process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { get } from "./support/http.js";
import { until } from "./support/poll.js";
import { docker, run, tryRun } from "./support/run.js";
import { fixture, openStage, published, type Stage } from "./support/stage.js";

// What a port may speak that is not HTTP/1 alone: gRPC, and a proxy's header in front.
const IMAGE = "sidestep-test-grpc";
const MATCH = ["--match", "header:x-debug=alice"];

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(async () => {
  await stage?.end();
});

const addressOf = async (name: string): Promise<string> =>
  docker(
    "inspect",
    "-f",
    "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}",
    name,
  );

/** The container's own name for itself, by which its answers tell it. */
const hostnameOf = (name: string): Promise<string> =>
  docker("inspect", "-f", "{{.Config.Hostname}}", name);

interface Called {
  unary: { by: string; text: string; told: Record<string, string> }[];
  stream: string[];
  failing: [string, string];
}

const client = (address: string, what: string) => [
  ...["run", "--rm", IMAGE, "python3", "client.py", `${address}:8000`, what],
];

test("gRPC calls of one channel must go where each matches, unary and streams, with their status", async () => {
  const name = await stage.run([], [], IMAGE);
  const address = await addressOf(name);
  await until("the app answers", async () => {
    const { code } = await tryRun("docker", client(address, "all"));
    return code === 0;
  });
  const session = await stage.debug(name, ...MATCH);
  const replica = await hostnameOf(`${name}-sidestep-${session}`);
  const original = await hostnameOf(name);
  const { alice, nobody } = JSON.parse(
    await run("docker", client(address, "all")),
  ) as Record<"alice" | "nobody", Called>;
  const marks = (called: Called) =>
    called.unary.map(({ told }) => told["x-sidestep"]);
  expect(marks(alice)).toEqual(new Array(5).fill(`session=${session}`));
  expect(marks(nobody)).toEqual(new Array(5).fill(undefined));
  for (const [called, by] of [
    [alice, replica],
    [nobody, original],
  ] as const) {
    expect(called.unary.map((each) => each.by)).toEqual(new Array(5).fill(by));
    expect(called.unary[0]!.told["x-served-by"]).toBe(by);
    expect(called.stream).toEqual([`${by} 1`, `${by} 2`, `${by} 3`]);
    expect(called.failing).toEqual(["NOT_FOUND", "no such thing"]);
  }
  await until("all are counted", async () => {
    const { requests } = (await stage.session(session)).status;
    return (requests?.replica ?? 0) === 7 && (requests?.original ?? 0) >= 7;
  });

  // A breakpoint in a handler pauses that call alone.
  const child = spawn("docker", client(address, "stop"));
  let said = "";
  child.stdout.on("data", (bytes: Buffer) => (said += bytes.toString()));
  const pause = await until("there is a pause", async () => {
    return (await stage.pauses(session))[0];
  });
  await until("others are served meanwhile", () => said.includes("others"));
  expect(said).not.toContain("stop");
  await stage.cli.ok("continue", `pause/${pause.metadata.name}`);
  await until("the call is answered", () => said.split("\n").length === 3);
  const [others, stopped] = said.trim().split("\n") as [string, string];
  expect(JSON.parse(others)).toEqual({ others: new Array(20).fill(original) });
  expect(JSON.parse(stopped)).toMatchObject({ by: replica, text: "stop" });
  await stage.delete(session, name);
  const after = JSON.parse(
    await run("docker", client(address, "all")),
  ) as Record<"alice", Called>;
  expect(after.alice.stream[0]).toBe(`${original} 1`);
});

test("behind HAProxy that sends a PROXY header, requests must be routed by the client it names", async () => {
  const name = await stage.web(
    [],
    [
      "-b",
      "0.0.0.0:8000",
      "--proxy-protocol",
      "--forwarded-allow-ips",
      "*",
      "--proxy-allow-from",
      "*",
    ],
  );
  const app = await addressOf(name.name);
  const proxy = await stage.run(
    [
      ...[
        "-e",
        `APP=${app}`,
        "-p",
        "127.0.0.1:0:8101",
        "-p",
        "127.0.0.1:0:8102",
      ],
      ...["-v", `${fixture("grpc")}/haproxy.cfg:/haproxy.cfg:ro`],
    ],
    ["haproxy", "-f", "/haproxy.cfg"],
    IMAGE,
  );
  const [first, second] = [
    await published(proxy, 8101),
    await published(proxy, 8102),
  ];
  // gunicorn understands version 1.
  await until("the app answers", () => get(first));
  // HAProxy names this machine, as its bridge shows it.
  const gateway = await docker(
    "inspect",
    "-f",
    "{{range .NetworkSettings.Networks}}{{.Gateway}}{{end}}",
    proxy,
  );
  const session = await stage.debug(name.name, "--match", `client=${gateway}`);
  const answer = await get(first);
  expect(answer.status).toBe(200);
  expect(answer.headers["x-sidestep"]).toBe(`session=${session}`);
  // Version 2 is none of gunicorn's, and so it says itself, as without a session.
  const foreign = await get(second).catch(String);
  expect(JSON.stringify(foreign)).toMatch(/400|hang up|ECONNRESET|Parse/);
  await stage.delete(session, name.name);
  expect((await get(first)).headers["x-sidestep"]).toBeUndefined();
});
