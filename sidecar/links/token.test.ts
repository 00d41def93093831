import * as crypto from "node:crypto";
import { expect, test, vi } from "vitest";
import { newToken, sameToken } from "./token.js";

vi.mock("node:crypto", async (original) => {
  const real = await original<typeof crypto>();
  return { ...real, timingSafeEqual: vi.fn(real.timingSafeEqual) };
});

test("tokens are told apart in a time that says neither where they differ nor how long they are", () => {
  const token = newToken();
  const compared = vi.mocked(crypto.timingSafeEqual);
  const given = [token, "", "x", `${token}x`, token.slice(1), "é".repeat(9999)];
  expect(given.map((each) => sameToken(each, token))).toEqual([
    true,
    ...Array<boolean>(5).fill(false),
  ]);
  const lengths = compared.mock.calls.map((pair) =>
    pair.map((side) => side.byteLength),
  );
  expect(lengths).toEqual(given.map(() => [32, 32]));
});

test("no two are the same, and each has 256 bits", () => {
  const some = Array.from({ length: 100 }, newToken);
  expect(new Set(some).size).toBe(100);
  for (const each of some) {
    expect(Buffer.from(each, "base64url")).toHaveLength(32);
  }
});
