import { createServer, type AddressInfo } from "node:net";
import { expect, test } from "vitest";
import type { Engine } from "../../docker/engine/engine.js";
import { canaryId, newCanary } from "../canary-secret.js";
import { createCanaries, proofKey } from "./canaries.js";
import type { Self } from "./world.js";

test("a canary proves what it was sent for, once: told of again, or made up, it proves nothing", async () => {
  const requests: string[] = [];
  const server = createServer((socket) => {
    socket.on("data", (data) => {
      requests.push(data.toString());
      socket.end("HTTP/1.1 200 OK\r\n\r\n");
    });
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  let looks = 0;
  const ids: string[] = [];
  const canaries = createCanaries(
    {} as Engine,
    {} as Self,
    {
      newCanary: () => {
        const canary = newCanary("token");
        ids.push(canary.id);
        return canary;
      },
    },
    () => looks++,
  );
  const order = {
    session: "shop",
    interceptor: "a",
    host: "127.0.0.1",
    port,
    from: undefined,
  };
  const proof = () => canaries.proofs()[proofKey("shop", "a")];
  canaries.send({ ...order, takeover: 1 });
  await expect.poll(() => requests.length).toBe(1);
  canaries.seen("0123456789abcdef", "10.0.0.9");
  expect(proof()).toMatchObject({ takeover: 1, state: "sent" });
  canaries.seen(ids[0]!, "10.0.0.1");
  expect(proof()).toMatchObject({ state: "seen", what: "10.0.0.1" });

  // Of the next takeover the former canary says nothing.
  canaries.send({ ...order, takeover: 2 });
  await expect.poll(() => requests.length).toBe(2);
  canaries.seen(ids[0]!, "10.0.0.9");
  expect(proof()).toMatchObject({ takeover: 2, state: "sent" });
  await expect.poll(() => proof()?.state).toBe("missed");
  canaries.seen(ids[0]!, "10.0.0.9");
  canaries.seen(ids[1]!, "10.0.0.9");
  expect(proof()).toMatchObject({ takeover: 2, state: "missed" });
  expect(looks).toBeGreaterThan(0);
  server.close();
});

test("a canary is one interceptor's: another's token makes none of it", () => {
  const { id, secret } = newCanary("token 1");
  expect(canaryId("token 1", secret)).toBe(id);
  for (const other of [
    canaryId("token 2", secret),
    canaryId("token 1", `${id}.`),
    canaryId("token 1", id),
    canaryId("token 1", secret.replace(id, "0123456789abcdef")),
    canaryId("token 1", `${secret}0`),
  ]) {
    expect(other).toBeUndefined();
  }
});
