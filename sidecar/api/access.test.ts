import { createHmac } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { createAccess } from "./access.js";

const access = createAccess("secret", ["127.0.0.1:7007", "localhost:7007"]);
const refuse = (headers: Record<string, string>) =>
  access.refuse({ headers } as unknown as IncomingMessage)?.code;
const good = { host: "127.0.0.1:7007", authorization: "Bearer secret" };

test("the token under a known host is let in, from its own origin too", () => {
  expect(refuse(good)).toBeUndefined();
  expect(refuse({ ...good, origin: "http://localhost:7007" })).toBeUndefined();
});

test.each([
  [{ host: good.host }, "Unauthorized"],
  [{ ...good, authorization: "Bearer wrong" }, "Unauthorized"],
  [{ ...good, authorization: "Basic secret" }, "Unauthorized"],
  [{ ...good, authorization: "Bearer secret2" }, "Unauthorized"],
  [{ authorization: good.authorization }, "Forbidden"],
  [{ ...good, host: "127.0.0.1.evil.test:7007" }, "Forbidden"],
  [{ ...good, host: "127.evil.test" }, "Forbidden"],
  [{ ...good, host: "evil.test" }, "Forbidden"],
  [{ ...good, origin: "http://evil.test" }, "Forbidden"],
  [{ ...good, origin: "https://127.0.0.1:7007" }, "Forbidden"],
  [{ ...good, origin: "null" }, "Forbidden"],
])("%j is refused as %s", (headers, code) => {
  expect(refuse(headers as Record<string, string>)).toBe(code);
});

test("who it is can be proven without the token, for each nonce anew", () => {
  const mac = (nonce: string) =>
    createHmac("sha256", "secret")
      .update(`sidestep identity ${nonce}`)
      .digest("hex");
  expect(access.prove("1")).toBe(mac("1"));
  expect(access.prove("2")).not.toBe(access.prove("1"));
});
