import { expect, test } from "vitest";
import { InterceptorMessage, KitMessage } from "./wire.js";

const pause = (since: number) => ({
  ...{ type: "pause", id: "0123abcd", pid: 7, thread: "MainThread" },
  ...{ reason: "breakpoint", file: "/a.py", line: 1, function: "f" },
  request: { method: "GET", path: "/", since },
});
const requests = (since: number) => ({
  type: "requests",
  requests: [
    {
      ...{ id: "1-1", session: "shop", method: "GET", path: "/" },
      ...{ client: "10.0.0.1", since, gone: false },
    },
  ],
});

test.each([-1, 1e300, Infinity])(
  "%d is no time: no date can be made of it",
  (since) => {
    expect(KitMessage.safeParse(pause(since)).success).toBe(false);
    expect(InterceptorMessage.safeParse(requests(since)).success).toBe(false);
  },
);

test("a time is one", () => {
  const now = 1_777_896_000_000;
  expect(KitMessage.safeParse(pause(now)).success).toBe(true);
  expect(InterceptorMessage.safeParse(requests(now)).success).toBe(true);
});
