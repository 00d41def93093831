import { beforeEach, expect, test } from "vitest";
import { aSession, condition } from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  cli.sidecar.sessionList = [aSession("alice")];
  cli.sidecar.origins = [
    { url: "http://localhost:8000/", container: "demo-shop-1" },
    { url: "http://localhost:8080/", container: "demo-web-1" },
  ];
});

test("a link for each place where the app is published, and the way out", async () => {
  expect(await cli.run("share session/alice")).toEqual({
    out:
      "http://localhost:8000/?sidestep-session=of-alice\n" +
      "http://localhost:8080/?sidestep-session=of-alice\n",
    err: "whoever opens it is in session/alice, on that host, until the session ends; to leave: http://localhost:8000/?sidestep-session=off\n",
    code: 0,
  });
});

test.each([
  ["http://10.0.0.7:8080", "http://10.0.0.7:8080/?sidestep-session=of-alice"],
  ["https://a.test/x?y", "https://a.test/x?y&sidestep-session=of-alice"],
  ["https://a.test/x?", "https://a.test/x?sidestep-session=of-alice"],
  ["https://a.test/#there", "https://a.test/?sidestep-session=of-alice#there"],
])(
  "--url %s gives %s; the only session need not be named",
  async (url, link) => {
    const { out, code } = await cli.run(["share", "--url", url]);
    expect([out, code]).toEqual([`${link}\n`, 0]);
  },
);

test("where the app is published is not known: what to append", async () => {
  cli.sidecar.origins = [];
  const { out, err } = await cli.run("share alice");
  expect(out).toBe("?sidestep-session=of-alice\n");
  expect(err).toContain("append this to the URL of any of its pages");
  expect(err).toContain("to leave: ?sidestep-session=off\n");
});

test("a session that takes every request has no need of it", async () => {
  cli.sidecar.sessionList = [aSession("all", {}, { match: undefined })];
  const { out, err } = await cli.run("share session all");
  expect(out).toContain("?sidestep-session=of-all\n");
  expect(err).toContain(
    "session/all takes every request: nobody needs the link",
  );
});

test("one that does not take requests yet is told to be so", async () => {
  const conditions = [condition("Ready", "False", "the app is starting")];
  cli.sidecar.sessionList = [
    aSession("alice", { phase: "Starting", conditions }),
  ];
  const { err } = await cli.run("share");
  expect(err).toContain("session/alice is Starting: the link has its effect");
});

test.each([
  ["share pause/shop-1", "sidestep share takes sessions, not pauses"],
  ["share session a b", "a link is of one session: session/NAME"],
  ["share --url shop:8080", 'invalid argument "shop:8080" for "--url" flag'],
  ["share --url ftp://shop/", "must be a page of the app, such as http://"],
  ["share --url http://shop/?sidestep-session=x", "without sidestep-session"],
])("%s is refused", async (line, message) => {
  const { out, err, code } = await cli.run(line);
  expect(err).toContain(message);
  expect(err).toContain("See 'sidestep share --help' for usage.");
  expect([out, code]).toEqual(["", 1]);
});

test("a session that is not there", async () => {
  const { err, code } = await cli.run("share session/nobody");
  expect(err).toBe(
    'Error from server (NotFound): sessions "nobody" not found\n',
  );
  expect(code).toBe(1);
});
