import { expect, test } from "vitest";
import { STDOUT } from "../schema/index.js";
import { refusalWatch } from "./not-started.js";

const piece = (text: string) => ({ stream: STDOUT, data: Buffer.from(text) });
const refused = (why: string) =>
  piece(
    `OCI runtime exec failed: exec failed: unable to start container process: ${why}: unknown\r\n`,
  );

test.each([
  ['exec: "nope": ', "executable file not found in $PATH", 127],
  ['exec: "/nope": ', "stat /nope: no such file or directory", 127],
  ['exec: "/etc/passwd": ', "permission denied", 126],
])("%s%s: not the command's output, and exit code %i", (of, why, code) => {
  const watch = refusalWatch();
  expect(watch.pass(refused(`${of}${why}`))).toEqual([]);
  expect(watch.end(126)).toEqual({ code, failure: why, rest: [] });
});

test("where it is not for the command, it is told whole", () => {
  const watch = refusalWatch();
  watch.pass(refused("chdir to cwd failed: no such file or directory"));
  expect(watch.end(126)).toMatchObject({
    code: 126,
    failure: expect.stringContaining("chdir to cwd failed") as string,
  });
});

test("a command that prints the same is passed on as it is", () => {
  const watch = refusalWatch();
  const words = refused('exec: "x": permission denied');
  expect(watch.pass(words)).toEqual([]);
  expect(watch.end(0)).toEqual({ code: 0, rest: [words] });

  const other = refusalWatch();
  other.pass(words);
  expect(other.pass(piece("more"))).toEqual([words, piece("more")]);
  expect(other.pass(words)).toEqual([words]);
  expect(other.end(126)).toEqual({ code: 126, rest: [] });
});
