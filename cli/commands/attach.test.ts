import { beforeEach, describe, expect, test } from "vitest";
import { noSidecar } from "../reach-errors.js";
import { serverRefused } from "../server-errors.js";
import { aPause, aSession, condition } from "../testing/objects.js";
import { problem } from "../testing/fake-sidecar.js";
import { TestCli } from "../testing/run-cli.js";

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  cli.sidecar.sessionList = [aSession()];
  cli.sidecar.onAttach = (link) => {
    link.draw("(Pdb) ");
    link.exit();
  };
});

const attached = () => cli.sidecar.links.map((link) => link.pause);

test("without a name: waits for the only session, says for what, attaches", async () => {
  cli.steps = [() => {}, () => (cli.sidecar.pauseList = [aPause()])];
  expect(await cli.run("attach")).toEqual({
    out: "(Pdb) ",
    err:
      "waiting for a pause in session/shop; send a request that matches, such as: curl -H 'x-debug: alice' http://YOUR-APP/\n" +
      "pause/3f9c2a1b at shop/views.py:42: GET /orders/7?pdb=1\n" +
      "\n(the thread went on)\n",
    code: 0,
  });
});

test("a sidecar that has just been started is waited for, one that is not there is not", async () => {
  cli.sidecar.pauseList = [aPause()];
  cli.notFound = serverRefused("127.0.0.1:7007", undefined);
  cli.steps = [() => {}, () => {}, () => (cli.notFound = undefined)];
  expect((await cli.run("attach")).code).toBe(0);
  expect(attached()).toEqual(["3f9c2a1b"]);

  cli.notFound = serverRefused("127.0.0.1:7007", undefined);
  const { err, code } = await cli.run("attach");
  expect(code).toBe(1);
  expect(err).toContain("waiting for it, for 10s at most");
  expect(err).toContain("127.0.0.1:7007 was refused");

  cli.notFound = noSidecar();
  expect((await cli.run("attach")).err).not.toContain("waiting");
});

test("of several pauses, the oldest, and says that there are more", async () => {
  cli.sidecar.pauseList = [aPause("new", {}, 5), aPause("old", {}, 50)];
  const { err } = await cli.run("attach session/shop");
  expect(attached()).toEqual(["old"]);
  expect(err).toContain("(the oldest; paused too: 1 more");
});

test.each(["attach pause/b", "attach pa/b", "attach b"])(
  "%s attaches to that pause",
  async (line) => {
    cli.sidecar.pauseList = [aPause("a"), aPause("b")];
    expect((await cli.run(line)).code).toBe(0);
    expect(attached()).toEqual(["b"]);
  },
);

test("a name without a type can be a session's", async () => {
  cli.sidecar.pauseList = [aPause("a")];
  expect((await cli.run("attach shop")).code).toBe(0);
  expect(attached()).toEqual(["a"]);
});

test("several sessions and no name: they are listed", async () => {
  cli.sidecar.sessionList = [aSession("one"), aSession("two")];
  expect(await cli.run("attach")).toEqual({
    out: "",
    err: "error: there are several sessions: one, two\nname one: sidestep attach session/one\n",
    code: 1,
  });
});

test("no session: says how to start one", async () => {
  cli.sidecar.sessionList = [];
  const { err, code } = await cli.run("attach");
  expect(err).toContain(
    "error: there is no session\nstart one with: sidestep debug",
  );
  expect(code).toBe(1);
});

test.each([
  ["attach pause/x", 'pauses "x" not found'],
  ["attach session/x", 'sessions "x" not found'],
  ["attach x", 'pauses "x" not found'],
  ["attach target/x", "takes pause/NAME or session/NAME"],
  [
    "attach --detach-keys ctrl-1",
    'invalid argument "ctrl-1" for "--detach-keys" flag',
  ],
])("%s is refused", async (line, message) => {
  const { err, code } = await cli.run(line);
  expect(err).toContain(message);
  expect(code).toBe(1);
});

test("a session that fails or goes while it is waited for ends the waiting", async () => {
  cli.steps = [
    () => {
      const [session] = cli.sidecar.sessionList;
      if (!session) return;
      session.status.phase = "Failed";
      session.status.conditions = [condition("Ready", "False", "it crashed")];
      session.status.log = ["boom"];
    },
  ];
  const failed = await cli.run("attach");
  expect(failed.err).toContain(
    'error: session "shop" failed: it crashed\n  boom\n',
  );
  expect(failed.code).toBe(1);

  cli.sidecar.sessionList = [aSession()];
  cli.steps = [() => (cli.sidecar.sessionList = [])];
  const gone = await cli.run("attach");
  expect(gone.err).toContain('error: session "shop" was deleted while waiting');
  expect(gone.code).toBe(1);
});

test("a restart of the sidecar does not end the waiting", async () => {
  const refused = () =>
    (cli.sidecar.failure = serverRefused("127.0.0.1:7007", undefined));
  cli.steps = [refused, refused, () => (cli.sidecar.pauseList = [aPause()])];
  expect((await cli.run("attach")).code).toBe(0);
  expect(cli.connected).toHaveLength(3);
  expect(attached()).toHaveLength(1);
});

test("a sidecar that stays away ends the waiting", async () => {
  const refused = () =>
    (cli.sidecar.failure = serverRefused("127.0.0.1:7007", undefined));
  cli.steps = Array.from({ length: 500 }, () => refused);
  const { err, code } = await cli.run("attach");
  expect(err).toContain(
    "The connection to the server 127.0.0.1:7007 was refused",
  );
  expect(err.split("the sidecar cannot be reached").length).toBe(2);
  expect(code).toBe(1);
});

test("one that was taken away ends it sooner", async () => {
  const ended = async (failure: Error) => {
    cli.steps = Array.from(
      { length: 500 },
      () => () => (cli.sidecar.failure = failure),
    );
    const { err, code } = await cli.run("attach");
    expect(code).toBe(1);
    return { err, asked: 500 - cli.steps.length };
  };
  const gone = await ended(noSidecar());
  expect(gone.err).toContain("waiting for it, for 10s at most\nerror: ");
  const away = await ended(serverRefused("127.0.0.1:7007", undefined));
  expect(gone.asked).toBeLessThan(away.asked / 2);
});

test("Ctrl-C while waiting ends with 130 and without a word", async () => {
  cli.steps = [() => cli.signal("SIGINT")];
  const { err, code } = await cli.run("attach");
  expect(err).not.toContain("error");
  expect(code).toBe(130);
});

test("a terminal that stays lost ends after 30 s, everything restored", async () => {
  cli.sidecar.pauseList = [aPause()];
  cli.sidecar.onAttach = (link) => {
    cli.sidecar.onAttach = () => {
      throw serverRefused("127.0.0.1:7007", undefined);
    };
    link.end({ kind: "lost", cause: new Error("cut") });
  };
  const { err, code } = await cli.run("attach");
  expect(err).toContain("connection lost, reconnecting… (for 30s)");
  expect(err).toContain("could not be made again in 30s");
  expect(code).toBe(1);
  expect(cli.restores.size).toBe(0);
});

test("-it is taken as kubectl's, and says where no terminal is to be lent", async () => {
  cli.sidecar.pauseList = [aPause()];
  const { err, code } = await cli.run("attach -it session/shop");
  expect(err).toMatch(
    /^Unable to use a TTY - input is not a terminal or the right kind of file\n/,
  );
  expect(code).toBe(0);
  expect(attached()).toHaveLength(1);
});

describe("after a loss, a pause that the sidecar does not know", () => {
  const lost = () => {
    cli.sidecar.pauseList = [aPause()];
    const away = [
      serverRefused("127.0.0.1:7007", undefined),
      problem("NotFound", 'pauses "3f9c2a1b" not found'),
      problem("NotFound", 'pauses "3f9c2a1b" not found'),
    ];
    cli.sidecar.onAttach = (link) => {
      if (cli.sidecar.links.length === 1) {
        return link.end({ kind: "lost", cause: new Error("cut") });
      }
      const error = away.shift();
      if (error) throw error;
      link.draw("(Pdb) ");
      link.exit();
    };
    return away;
  };

  test("may have yet to find a sidecar that was away", async () => {
    lost();
    const { err, code } = await cli.run("attach pause/3f9c2a1b");
    expect(err).toContain("(the thread went on)");
    expect(code).toBe(0);
  });

  test("is gone if that lasts", async () => {
    const away = lost();
    away.push(
      ...Array.from({ length: 30 }, () => problem("NotFound", "not found")),
    );
    const { err, code } = await cli.run("attach pause/3f9c2a1b");
    expect(err).toContain("(the pause is gone: the thread went on)");
    expect(code).toBe(0);
    expect(away.length).toBeGreaterThan(15);
  });
});

describe("--follow", () => {
  const pauses = (...names: string[]) =>
    (cli.sidecar.pauseList = names.map((name) => aPause(name)));

  test("goes from pause to pause, and says so in a line; detaching leaves", async () => {
    pauses("one");
    cli.sidecar.onAttach = (link) => {
      pauses();
      if (link.pause === "one") return link.exit();
      cli.streams.in.write("\x10\x11");
    };
    cli.steps = [() => {}, () => pauses("two")];
    const { err, code } = await cli.run("attach --follow session/shop");
    expect(attached()).toEqual(["one", "two"]);
    expect(err.split("\n")).toEqual([
      "send a request that matches, such as: curl -H 'x-debug: alice' http://YOUR-APP/",
      "pause/one at shop/views.py:42: GET /orders/7?pdb=1",
      "(the thread went on)",
      "waiting for a pause in session/shop; Ctrl-C leaves",
      "pause/two at shop/views.py:42: GET /orders/7?pdb=1",
      "detached; the thread stays paused: sidestep attach pause/two",
      "",
    ]);
    expect(code).toBe(0);
  });

  test("Ctrl-C while waiting leaves, and says that the session goes on", async () => {
    cli.steps = [() => cli.signal("SIGINT")];
    const { err, code } = await cli.run("attach -f");
    expect(err).toMatch(/goes on: sidestep attach session\/shop\n$/);
    expect(code).toBe(130);
  });

  test("the session's end is said", async () => {
    cli.steps = [() => (cli.sidecar.sessionList = [])];
    const { err, code } = await cli.run("attach --follow");
    expect(err).toContain('error: session "shop" was deleted while waiting');
    expect(code).toBe(1);
  });
});

describe("--main", () => {
  test("is the replica's own terminal", async () => {
    expect((await cli.run("attach --main")).code).toBe(0);
    expect(cli.sidecar.calls).toContain("attach main shop");
  });

  test("detaching says how to come back", async () => {
    cli.sidecar.onAttach = () => void cli.streams.in.write("\x10\x11");
    const { err } = await cli.run("attach shop --main");
    expect(err).toBe(
      "detached; the replica goes on: sidestep attach session/shop --main\n",
    );
  });
});

test.each([
  ["attach --follow --main", "--follow cannot be used with --main"],
  ["attach pause/a --follow", "--follow takes session/NAME, not pause/a"],
  ["attach pause/a --main", "--main takes session/NAME, not pause/a"],
])("%s is refused", async (line, message) => {
  const { err, code } = await cli.run(line);
  expect(err).toContain(message);
  expect(code).toBe(1);
});
