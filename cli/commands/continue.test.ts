import { beforeEach, expect, test } from "vitest";
import { aPause } from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  cli.sidecar.pauseList = [aPause("a"), aPause("b")];
});

test.each(["continue pause/b", "continue pause b", "continue b"])(
  "%s lets it go on",
  async (line) => {
    expect(await cli.run(line)).toEqual({
      out: "pause/b continued\n",
      err: "",
      code: 0,
    });
    expect(cli.sidecar.pauseList.map((p) => p.metadata.name)).toEqual(["a"]);
  },
);

test("without a name, the only pause", async () => {
  cli.sidecar.pauseList = [aPause("a")];
  expect((await cli.run("continue")).out).toBe("pause/a continued\n");
});

test("without a name and with several, none goes on", async () => {
  expect(await cli.run("continue")).toEqual({
    out: "",
    err: "error: there are several pauses: a, b\nname one: sidestep continue pause/a\n",
    code: 1,
  });
  expect(cli.sidecar.pauseList).toHaveLength(2);
});

test("nothing paused, or not that one", async () => {
  expect((await cli.run("continue pause/x")).err).toBe(
    'Error from server (NotFound): pauses "x" not found\n',
  );
  cli.sidecar.pauseList = [];
  const { err, code } = await cli.run("continue");
  expect(err).toContain("error: nothing is paused");
  expect(code).toBe(1);
});
