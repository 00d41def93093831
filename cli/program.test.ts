import { describe, expect, test } from "vitest";
import { COMMANDS, HIDDEN, isCommand } from "./commands.js";
import { shellWords } from "./testing/command-lines.js";
import { aSession } from "./testing/objects.js";
import { TestCli } from "./testing/run-cli.js";
import { waitFor } from "./testing/wait-for.js";
import { aWorld } from "./testing/world.js";

const VERBS = Object.keys(COMMANDS).filter(
  (name) => isCommand(name) && !HIDDEN.includes(name),
);

test("the help lists the commands, in order; it is shown without a command too", async () => {
  const { out, err, code } = await new TestCli().run("--help");
  const listed = [...out.matchAll(/^ {2}([a-z][\w-]+) (?=.*(\[|  ))/gm)].map(
    ([, verb]) => verb,
  );
  expect(listed.filter((verb) => verb !== "help")).toEqual(VERBS);
  expect({ err, code }).toEqual({ err: "", code: 0 });
  expect((await new TestCli().run("")).out).toBe(out);
});

describe.each(VERBS)("%s --help", (verb) => {
  test("tells the flags and has examples that are accepted", async () => {
    const { out, code } = await new TestCli().run(`${verb} --help`);
    expect(code).toBe(0);
    expect(out).toContain(`Usage: sidestep ${verb}`);
    expect(out).toContain("--sidecar <name>");
    const examples = [...out.matchAll(/^ {2}(?:.*\| )?sidestep (.+)$/gm)];
    expect(examples.length).toBeGreaterThan(0);
    for (const [, example = ""] of examples) {
      let [command = ""] = example.split(" > ");
      if (verb === "port-forward") {
        // At any port here: those of the examples may be taken, as by the demo.
        command = command.replaceAll(/ (?:\d*:)?(\d+)(?= |$)/g, " :$1");
      }
      const world = aWorld();
      const ran = world.run(shellWords(command));
      // It goes on until it is told to stop.
      if (verb === "port-forward") {
        const { written } = world.streams;
        await waitFor(
          () => /Forwarding/.test(written.out),
          () => example,
        );
        world.signal("SIGINT");
      }
      const { err } = await ran;
      expect(err, example).not.toContain("for usage");
      expect(err, example).not.toMatch(/^error: (?!session|the path)/m);
    }
  });

  test("an unknown flag is refused", async () => {
    const { err, code } = await new TestCli().run(`${verb} --frobnicate`);
    expect(err).toBe(
      `error: unknown flag: --frobnicate\nSee 'sidestep ${verb} --help' for usage.\n`,
    );
    expect(code).toBe(1);
  });
});

test("an unknown command is refused, with one that is near", async () => {
  const { err, code } = await new TestCli().run("gett sessions");
  expect(err).toContain('error: unknown command "gett" for "sidestep"\n');
  expect(err).toContain("Did you mean this?\n\tget\n");
  expect(err).toContain("See 'sidestep --help' for usage.");
  expect(code).toBe(1);
});

test("an unknown flag before the command is refused", async () => {
  const { err, code } = await new TestCli().run("--foo get sessions");
  expect(err).toContain("error: unknown flag: --foo");
  expect(code).toBe(1);
});

test("a near flag is named", async () => {
  const { err } = await new TestCli().run("get sessions --outputt");
  expect(err).toContain("Did you mean this?\n\t--output\n");
});

test("--sidecar is taken before and after the command", async () => {
  for (const line of ["--sidecar x get pauses", "get pauses --sidecar=x"]) {
    const cli = new TestCli();
    await cli.run(line);
    expect(cli.connected).toEqual(["x"]);
  }
});

test("booleans can be written as kubectl's users do", async () => {
  const cli = new TestCli();
  cli.sidecar.sessionList = [aSession()];
  await cli.run("logs shop --follow=true --timestamps=false");
  expect(cli.sidecar.logged[0]?.options).toEqual({ follow: true });
  const { err, code } = await cli.run("get sessions --verbose=false");
  expect({ err, code }).toEqual({ err: "", code: 0 });
});
