import { expect, test } from "vitest";
import { shownHeaders, shownPath } from "./shown.js";

test.each([
  ["/orders/7?pdb=1", "/orders/7?pdb=1"],
  ["/?a=1&sidestep-session=Xy_1-z&b=2", "/?a=1&sidestep-session=…&b=2"],
  [
    "/?__debugger__=yes&cmd=os.environ&frm=0&s=abc",
    "/?__debugger__=yes&cmd=…&frm=0&s=…",
  ],
  [
    "/?__debugger__=yes&cmd=pinauth&pin=123-456-789&s=abc",
    "/?__debugger__=yes&cmd=…&pin=…&s=…",
  ],
])("%s is shown without secrets of ours", (target, shown) => {
  expect(shownPath(target)).toBe(shown);
});

test("of a long target the beginning is shown", () => {
  expect(shownPath(`/${"x".repeat(4000)}`)).toHaveLength(512);
});

test("values are shown of what is harmless, and of what sessions match by, but never of secrets", () => {
  const wanted = new Set(["x-debug", "authorization", "cookie"]);
  expect(
    shownHeaders(
      [
        ["Host", "shop"],
        ["X-Debug", "alice"],
        ["X-Other", "private"],
        ["Cookie", "sessionid=1"],
        ["Authorization", "Bearer t"],
        ["X-Api-Key", "k"],
      ],
      wanted,
    ),
  ).toEqual([
    ["Host", "shop"],
    ["X-Debug", "alice"],
    ["X-Other", null],
    ["Cookie", null],
    ["Authorization", null],
    ["X-Api-Key", null],
  ]);
});
