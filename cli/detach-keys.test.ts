import { describe, expect, test } from "vitest";
import { detachWatcher, parseDetachKeys } from "./detach-keys.js";

const P = "\x10";
const Q = "\x11";

function type(sequence: string, ...pieces: string[]) {
  const watch = detachWatcher(Buffer.from(sequence));
  return pieces.map((piece) => {
    const { pass, detach } = watch(Buffer.from(piece, "latin1"));
    const text = Buffer.from(pass).toString("latin1");
    return detach ? `${text}<detach>` : text;
  });
}

describe("reading a sequence", () => {
  test.each([
    ["ctrl-p,ctrl-q", [0x10, 0x11]],
    ["ctrl-]", [0x1d]],
    ["ctrl-@,a", [0, 0x61]],
    ["q", [0x71]],
    ["", []],
  ])("%s", (text, bytes) => {
    expect([...(parseDetachKeys(text) ?? ["none"])]).toEqual(bytes);
  });

  test.each(["ctrl-", "ctrl-P", "ctrl-1", "ab", "a,,b", "é", ","])(
    "%s is none",
    (text) => expect(parseDetachKeys(text)).toBeUndefined(),
  );
});

describe("watching for it", () => {
  test("in one piece, or key by key", () => {
    expect(type(P + Q, `ab${P}${Q}`)).toEqual(["ab<detach>"]);
    expect(type(P + Q, "a", P, Q)).toEqual(["a", "", "<detach>"]);
  });

  test("what only began like it is passed on, in order and whole", () => {
    expect(type(P + Q, `${P}x`)).toEqual([`${P}x`]);
    expect(type(P + Q, P, P, "x")).toEqual(["", P, `${P}x`]);
    expect(type("aab", "aaab")).toEqual(["a<detach>"]);
  });

  test("without a sequence nothing is held back", () => {
    expect(type("", P, Q)).toEqual([P, Q]);
  });
});
