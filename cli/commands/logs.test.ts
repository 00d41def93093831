import { beforeEach, expect, test } from "vitest";
import { aSession } from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  cli.sidecar.sessionList = [aSession()];
  cli.sidecar.log = ["one", "two"];
});

test("prints the log of that session, or of the only one", async () => {
  for (const line of ["logs session/shop", "logs shop", "logs"]) {
    expect(await cli.run(line)).toEqual({
      out: "one\ntwo\n",
      err: "",
      code: 0,
    });
  }
});

test("hands on which part is wanted", async () => {
  await cli.run("logs shop -f --tail=5 --since 1h30m --timestamps");
  await cli.run("logs shop --tail -1");
  expect(cli.sidecar.logged.map((each) => each.options)).toEqual([
    { follow: true, tail: 5, since: "5400s", timestamps: true },
    {},
  ]);
});

test.each([
  ["logs x", 'sessions "x" not found'],
  ["logs shop --tail=some", 'invalid argument "some" for "--tail" flag'],
  ["logs shop --since=ever", 'invalid argument "ever" for "--since" flag'],
  ["logs session a b", "only one session at a time"],
])("%s is refused", async (line, message) => {
  const { out, err, code } = await cli.run(line);
  expect(err).toContain(message);
  expect({ out, code }).toEqual({ out: "", code: 1 });
});
