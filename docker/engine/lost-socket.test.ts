import { expect, test } from "vitest";
import { EngineError } from "./engine.js";
import { createLostSocket, isMountPoint } from "./lost-socket.js";

const failure = (code: string) =>
  new EngineError("list containers", 0, code, {
    cause: Object.assign(new Error(code), { code }),
  });
const REFUSED = failure("ECONNREFUSED");

/** Asks once a second, with each of these failures. */
function asked(failures: unknown[], isMounted = true): boolean[] {
  let now = 0;
  const isLost = createLostSocket(
    () => isMounted,
    () => now,
  );
  return failures.map((each) => {
    now += 1_000;
    return isLost(each);
  });
}

test("a socket that refuses for 5 s is lost", () => {
  const six = asked(Array.from({ length: 6 }, () => REFUSED));
  expect(six).toEqual([false, false, false, false, false, true]);
});

test("one that is in a mounted folder is waited for", () => {
  const ten = asked(
    Array.from({ length: 10 }, () => REFUSED),
    false,
  );
  expect(ten).not.toContain(true);
});

test("an Engine that hangs up or answers in between is there", () => {
  const others = [failure("ECONNRESET"), new EngineError("list", 500, "busy")];
  for (const other of others) {
    const refused = [REFUSED, REFUSED, REFUSED, REFUSED];
    expect(asked([...refused, other, ...refused])).not.toContain(true);
  }
});

test("failures that are far apart are not of one time", () => {
  let now = 0;
  const isLost = createLostSocket(
    () => true,
    () => now,
  );
  for (now = 0; now < 60_000; now += 4_000) expect(isLost(REFUSED)).toBe(false);
});

test("a mount point is found in mountinfo", () => {
  const mountinfo =
    "1 0 0:30 / / rw - overlay overlay rw\n" +
    "2 1 0:24 /docker.sock /run/docker.sock rw,nosuid - tmpfs tmpfs rw\n";
  expect(isMountPoint("/run/docker.sock", mountinfo)).toBe(true);
  expect(isMountPoint("/run", mountinfo)).toBe(false);
});
