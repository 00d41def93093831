import { expect, test } from "vitest";
import type { Engine, Inspect } from "../../docker/engine/engine.js";
import * as label from "../../docker/engine/labels.js";
import { shareSecret } from "../links/share-secret.js";
import { shareLink } from "./share.js";
import { app, container, session } from "./testing/world.js";

type Ports = Inspect["NetworkSettings"]["Ports"];

/** A container of the compose project `demo` on one network. */
const service = (name: string, Ports: Ports = {}, network = "demo_default") =>
  app(name, {
    Config: {
      Image: name,
      Labels: { [label.COMPOSE_PROJECT]: "demo", [label.COMPOSE_ONEOFF]: "" },
    },
    NetworkSettings: { Ports, Networks: { [network]: {} } },
  });
const at = (HostPort: string, HostIp = "0.0.0.0") => [{ HostIp, HostPort }];

/** The Engine, as far as it is asked here. */
const engine = (all: Inspect[]) =>
  ({
    list: async ([wanted]: string[]) =>
      all
        .filter(({ Config }) =>
          Object.entries(Config.Labels ?? {})
            .map((each) => each.join("="))
            .includes(wanted ?? ""),
        )
        .map((each) => ({
          id: each.Id,
          name: each.Name.slice(1),
          state: each.State.Status,
          labels: each.Config.Labels ?? {},
        })),
    inspect: async (id: string) => all.find(({ Id }) => Id === id),
  }) as unknown as Engine;

/** The places where the first of these containers, the target, may be reached. */
const origins = async (...[target, ...others]: [Inspect, ...Inspect[]]) => {
  const view = { port: 8000, containers: [container(target)] };
  const all = [target, ...others];
  const { status } = await shareLink(engine(all), session("s"), view);
  return status.origins.map(({ url, container: of }) => `${url} ${of}`);
};

test("the secret comes from the session's, which says whether it is needed", async () => {
  const alice = { match: [{ header: { "x-debug": "alice" } }] };
  const link = await shareLink(engine([]), session("s", alice), undefined);
  expect(link).toMatchObject({ kind: "ShareLink", metadata: { name: "s" } });
  expect(link.status).toEqual({
    parameter: `sidestep-session=${shareSecret("t")}`,
    origins: [],
    everyRequest: false,
  });
  const all = await shareLink(engine([]), session("s"), undefined);
  expect(all.status.everyRequest).toBe(true);
});

test("the target's own port goes first, once for both families", async () => {
  const both = [...at("8001"), ...at("8001", "::")];
  const shop = service("shop", { "8000/tcp": both, "9000/tcp": at("9000") });
  const web = service("web", { "80/tcp": at("80") });
  expect(await origins(shop, web)).toEqual([
    "http://localhost:8001/ shop",
    "http://localhost/ web",
  ]);
});

test("a proxy beside it, on what proxies listen on", async () => {
  const web = service("web", {
    "443/tcp": at("443"),
    "8080/tcp": at("8080", "127.0.0.1"),
    "80/tcp": at("8081", "10.0.0.7"),
    "8443/tcp": at("8443", "fd00::1"),
  });
  const db = service("db", { "5432/tcp": at("5432") });
  expect(await origins(service("shop"), web, db)).toEqual([
    "http://10.0.0.7:8081/ web",
    "https://localhost/ web",
    "http://localhost:8080/ web",
    "https://[fd00::1]:8443/ web",
  ]);
});

test("what is elsewhere, ours or not published is none", async () => {
  const elsewhere = service("a", { "80/tcp": at("80") }, "other");
  const stranger = app("b", {
    NetworkSettings: {
      Ports: { "80/tcp": at("80") },
      Networks: { demo_default: {} },
    },
  });
  const ours = service("c", { "80/tcp": at("80") });
  ours.Config.Labels![label.ROLE] = "sidecar";
  const hidden = service("d", { "80/tcp": null });
  expect(
    await origins(service("shop"), elsewhere, stranger, ours, hidden),
  ).toEqual([]);
});
