import { beforeEach, describe, expect, test } from "vitest";
import {
  aPause,
  aSession,
  aTarget,
  anEvent,
} from "../../cli/testing/objects.js";
import { TestCli, type Ran } from "../../cli/testing/run-cli.js";
import { TASKS } from "./tasks.js";

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  cli.sidecar.targetList = [aTarget("shop")];
  cli.sidecar.sessionList = [aSession("shop")];
  cli.sidecar.pauseList = [aPause("3f9c2a1b")];
  cli.sidecar.eventList = [anEvent()];
});

/** What each task has done, as its user would see. */
const DONE: Record<keyof typeof TASKS, (ran: Ran) => void> = {
  pause: ({ out }) => {
    expect(cli.sidecar.created[0]?.spec).toMatchObject({
      target: "shop",
      match: [{ header: { "x-debug": "alice" } }],
      breakpoints: [{ at: "shop/views.py:42", if: "order.total < 0" }],
    });
    expect(out).toBe("session/shop created\n");
  },
  wait: ({ out }) => expect(out).toBe("session/shop condition met\n"),
  locals: ({ out }) => {
    expect(cli.sidecar.links[0]?.pause).toBe("3f9c2a1b");
    expect(cli.sidecar.links[0]?.sent).toContain("p locals()");
    expect(out).toContain("{'order': 7}");
  },
  pin: ({ out }) => expect(out).toBe("123-456-789"),
  paused: ({ out }) => expect(out).toMatch(/WAITING.*\n.*GET \/orders\/7/),
  continue: ({ out }) => {
    expect(out).toBe("pause/3f9c2a1b continued\n");
    expect(cli.sidecar.pauseList).toEqual([]);
  },
  logpoint: ({ out }) => {
    expect(cli.sidecar.breakpointList[0]?.spec).toMatchObject({
      session: "shop",
      at: "shop/views.py:42",
      log: "total={order.total}",
    });
    expect(out).toContain("breakpoint/shop-b1 created\n");
  },
  logs: ({ out }) => {
    expect(cli.sidecar.logged[0]?.options).toEqual({ follow: true, tail: 20 });
    expect(out).toBe("order 7\n");
  },
  events: ({ out }) => {
    expect(cli.sidecar.calls).toEqual(['events {"for":"session/shop"}']);
    expect(out).toMatch(/^LAST SEEN .*\n5s .* requests that match go to/);
  },
  all: ({ out }) => {
    expect(out).toBe('session "shop" deleted\n');
    expect(cli.sidecar.sessionList).toEqual([]);
  },
};

/** What the world does meanwhile, where a task waits for it. */
const MEANWHILE: Partial<Record<keyof typeof TASKS, () => void>> = {
  pause: () => (cli.sidecar.sessionList = []),
  wait: () => {
    const [session] = cli.sidecar.sessionList;
    cli.steps = [() => {}, () => (session!.status.pauses = 1)];
  },
  locals: () => {
    cli.sidecar.onAttach = (link) => {
      const before = link.send.bind(link);
      link.send = (keys) => {
        before(keys);
        link.draw("{'order': 7}\r\n(Pdb) ");
        link.exit();
      };
    };
  },
  logs: () => (cli.sidecar.log = ["order 7"]),
  all: () => {
    cli.steps = [() => {}, () => (cli.sidecar.sessionList = [])];
  },
};

const each = Object.entries(TASKS) as [
  keyof typeof TASKS,
  (typeof TASKS)[keyof typeof TASKS],
][];

describe.each(each)("%s", (name, { wants, types }) => {
  test(`${wants}: ${types}`, async () => {
    MEANWHILE[name]?.();
    const [, typed, line = ""] =
      /^(?:echo '([^']*)' \| )?sidestep (.*)$/.exec(types) ?? [];
    if (typed !== undefined) cli.streams.in.end(`${typed}\n`);
    const ran = await cli.run(words(line));
    expect(ran).toMatchObject({ code: 0 });
    DONE[name](ran);
  });

  test("the help of its command has all of it", async () => {
    const [command = "", ...rest] = types
      .replace(/^.*?sidestep /, "")
      .split(" ");
    const { out } = await cli.run([command, "--help"]);
    for (const word of rest) {
      const [flag] = /^--?[a-z-]+/.exec(word) ?? [];
      if (flag !== undefined) expect(out).toContain(flag);
    }
  });
});

/** The words of a line of shell: blanks part, single quotes keep. */
function words(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|[^\s'])+/g)].map(([word]) =>
    word.replaceAll("'", ""),
  );
}
