import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeServer, type ServedTerminal } from "./testing/fake-server.js";
import { aPause, aSession } from "./testing/objects.js";
import { PtyCli, processGone } from "../test/support/pty-cli.js";
import { waitFor } from "./testing/wait-for.js";

let server: FakeServer;
let cli: PtyCli | undefined;

beforeEach(async () => {
  server = new FakeServer();
  server.sidecar.sessionList = [aSession()];
  server.sidecar.pauseList = [aPause("p1")];
  await server.start();
});

afterEach(async () => {
  if (cli && !cli.exited) cli.pty.kill("SIGKILL");
  cli = undefined;
  await server.stop();
});

async function attach(before?: string): Promise<[PtyCli, ServedTerminal]> {
  cli = new PtyCli(server, "attach pause/p1", before);
  return [cli, await terminal()];
}

async function terminal(index = 0): Promise<ServedTerminal> {
  await waitFor(
    () => server.terminals.length > index,
    () => `nobody attached: ${cli?.screen}`,
  );
  return server.terminals[index] as ServedTerminal;
}

function typed(at: ServedTerminal): string {
  return Buffer.concat(at.binary).toString("latin1");
}

async function arrives(at: ServedTerminal, bytes: string): Promise<void> {
  await waitFor(
    () => typed(at) === bytes,
    () => `came: ${JSON.stringify(typed(at))}`,
  );
}

function exit(at: ServedTerminal): void {
  at.socket.send(
    JSON.stringify({ type: "exit", message: "the thread went on" }),
  );
  at.socket.close(1000);
}

test("keys arrive byte for byte, ^C and ^D too, and are not echoed here", async () => {
  const [pty, remote] = await attach();
  await pty.shows("(Pdb) ");
  const keys = "p x\r\t\x03\x04\x1a\x1b[Aé";
  pty.pty.write(keys);
  await arrives(remote, Buffer.from(keys).toString("latin1"));
  expect(pty.screen).not.toContain("p x");
  exit(remote);
  expect(await pty.ended()).toEqual({ code: 0, restored: true });
  expect(pty.screen).toContain("\r\n(the thread went on)\r\n");
});

test("the size is told at once and again when it changes", async () => {
  const [pty, remote] = await attach();
  expect(remote.url.search).toBe("?cols=100&rows=30");
  await pty.shows("(Pdb) ");
  pty.pty.resize(77, 22);
  await waitFor(
    () => remote.text.length > 0,
    () => "no resize came",
  );
  expect(remote.text.map((each) => JSON.parse(each) as unknown)).toEqual([
    { type: "resize", cols: 77, rows: 22 },
  ]);
  exit(remote);
  await pty.ended();
});

test("a character that is split over frames is whole on the screen", async () => {
  const [pty, remote] = await attach();
  for (const byte of Buffer.from("größe: 😀!")) {
    remote.socket.send(Buffer.from([byte]));
  }
  await pty.shows("größe: 😀!");
  exit(remote);
  await pty.ended();
});

test("detach keys leave, the thread staying paused, also between other keys", async () => {
  const [pty, remote] = await attach();
  await pty.shows("(Pdb) ");
  pty.pty.write("ab\x10");
  await arrives(remote, "ab");
  pty.pty.write("\x11");
  expect(await pty.ended()).toEqual({ code: 0, restored: true });
  expect(pty.screen).toContain(
    "detached; the thread stays paused: sidestep attach pause/p1\r\n",
  );
  expect(typed(remote)).toBe("ab");
});

test("an empty screen gets a hint, one with a prompt does not", async () => {
  server.screen = Buffer.from("\x1b[?2004h\r\n");
  const [pty, remote] = await attach();
  await pty.shows("If you don't see a command prompt, try pressing enter.");
  exit(remote);
  await pty.ended();

  server.screen = Buffer.from("(Pdb) ");
  const other = new PtyCli(server, "attach pause/p1");
  const again = await terminal(1);
  await other.shows("(Pdb) ");
  exit(again);
  await other.ended();
  expect(other.screen).not.toContain("If you don't see");
});

test("what the remote side left on is switched off", async () => {
  server.screen = Buffer.from("\x1b[?1049h\x1b[?25l\x1b[?2004hediting");
  const [pty, remote] = await attach();
  await pty.shows("editing");
  exit(remote);
  expect((await pty.ended()).restored).toBe(true);
  const after = pty.screen.slice(pty.screen.indexOf("editing"));
  expect(after).toContain("\x1b[?1049l");
  expect(after).toContain("\x1b[?25h");
  expect(after).toContain("\x1b[?2004l");
});

test.each([
  ["SIGTERM", 143],
  ["SIGHUP", 129],
  ["SIGINT", 130],
] as const)(
  "%s restores the tty and leaves the thread paused",
  async (name, code) => {
    server.screen = Buffer.from("\x1b[?2004h(Pdb) ");
    const [pty] = await attach();
    await pty.shows("(Pdb) ");
    process.kill(await pty.pid(), name);
    expect(await pty.ended()).toEqual({ code, restored: true });
    expect(pty.screen).toContain("\x1b[?2004l");
    expect(pty.screen).toContain("the thread stays paused");
  },
);

test("an exception nobody caught restores the tty and is shown", async () => {
  server.screen = Buffer.from("\x1b[?2004h(Pdb) ");
  const [pty] = await attach();
  await pty.shows("(Pdb) ");
  process.kill(await pty.pid(), "SIGUSR2");
  expect(await pty.ended()).toEqual({ code: 1, restored: true });
  expect(pty.screen).toContain("a bug of ours");
  expect(pty.screen).toContain("\x1b[?2004l");
});

test("the window closing ends the command", async () => {
  const [pty] = await attach();
  const pid = await pty.pid();
  await pty.shows("(Pdb) ");
  pty.pty.kill("SIGHUP");
  await processGone(pid);
});

test("after a loss the terminal is back with the screen as it stands", async () => {
  const [pty] = await attach();
  await pty.shows("(Pdb) ");
  await server.stop();
  await pty.shows("connection lost, reconnecting… (for 30s)");
  server.screen = Buffer.from("(Pdb) p 1\r\n1\r\n(Pdb) ");
  await server.start();
  const again = await terminal(1);
  await pty.shows("\x1b[H\x1b[2J(Pdb) p 1");
  pty.pty.write("c\r");
  await arrives(again, "c\r");
  exit(again);
  expect(await pty.ended()).toEqual({ code: 0, restored: true });
});

test("a pause that is gone after a loss is no error", async () => {
  const [pty, remote] = await attach();
  await pty.shows("(Pdb) ");
  server.sidecar.pauseList = [];
  remote.socket.terminate();
  expect(await pty.ended()).toEqual({ code: 0, restored: true });
  expect(pty.screen).toContain("(the pause is gone: the thread went on)");
});

test("while the server is gone, ^C leaves and the tty is restored", async () => {
  const [pty] = await attach();
  await pty.shows("(Pdb) ");
  await server.stop();
  await pty.shows("connection lost");
  pty.pty.write("\x03");
  expect(await pty.ended()).toEqual({ code: 0, restored: true });
  await server.start();
});

test("lines from a pipe are typed, and the output goes on after their end", async () => {
  const [pty, remote] = await attach("echo c |");
  await arrives(remote, "c\n");
  remote.socket.send(Buffer.from("continuing\r\n"));
  await pty.shows("continuing");
  exit(remote);
  expect(await pty.ended()).toEqual({ code: 0, restored: true });
  expect(pty.screen).not.toContain("If you don't see");
});

test("a pipe that stays open does not keep the command from ending", async () => {
  const [pty, remote] = await attach("(echo c; exec sleep 2) |");
  await arrives(remote, "c\n");
  exit(remote);
  await pty.shows("(the thread went on)");
  expect((await pty.ended()).code).toBe(0);
});

test("a pause that does not exist is said so", async () => {
  cli = new PtyCli(server, "attach pause/p2");
  expect(await cli.ended()).toEqual({ code: 1, restored: true });
  expect(cli.screen).toContain(
    'Error from server (NotFound): pauses "p2" not found',
  );
});
