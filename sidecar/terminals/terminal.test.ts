import { expect, test, vi } from "vitest";
import type { Pty } from "./pty.js";
import { createTerminal, type Viewer } from "./terminal.js";

/** A PTY that a test writes to, and what was asked of it. */
function fakePty() {
  let listener: (data: Buffer) => void = () => undefined;
  const typed: string[] = [];
  const sizes: string[] = [];
  let killed = 0;
  let waits = false;
  let exited = () => {};
  const pty: Pty = {
    pid: 1,
    write: (data) => void typed.push(data.toString()),
    resize: (cols, rows) => void sizes.push(`${cols}x${rows}`),
    pause: () => void (waits = true),
    resume: () => void (waits = false),
    kill: () => void killed++,
    onData: (each) => {
      listener = each;
    },
    onExit: (each) => {
      exited = () => each(0);
    },
  };
  const print = (text: string) => listener(Buffer.from(text));
  const exit = () => exited();
  return {
    pty,
    typed,
    sizes,
    print,
    exit,
    killed: () => killed,
    waits: () => waits,
  };
}

function fakeViewer(cols = 80, rows = 24) {
  let text = "";
  let backlog = 0;
  const events: string[] = [];
  const viewer: Viewer = {
    cols,
    rows,
    send: (data) => void (text += data.toString()),
    unsent: () => backlog,
    size: (c, r) => void events.push(`size ${c}x${r}`),
    end: (message) => void events.push(`end ${message}`),
  };
  return {
    viewer,
    events,
    text: () => text,
    isSlow: (bytes: number) => void (backlog = bytes),
  };
}

const sees = (viewer: { text(): string }, part: string) =>
  expect.poll(() => viewer.text()).toContain(part);

test("a late viewer is sent the screen as it stands, then what follows", async () => {
  const { pty, print } = fakePty();
  const terminal = createTerminal(pty);
  print("> views.py(42)\r\n(Pdb) ");
  const late = fakeViewer();
  terminal.attach(late.viewer);
  // Printed before the screen was drawn: neither lost nor shown twice.
  print("p order");
  await sees(late, "views.py(42)");
  await sees(late, "p order");
  expect(late.text().split("p order")).toHaveLength(2);
  terminal.close("over");
});

test("the smallest viewer decides the size, and its leaving too", () => {
  const { pty, sizes } = fakePty();
  const terminal = createTerminal(pty);
  const big = fakeViewer(120, 40);
  const small = fakeViewer(60, 50);
  terminal.attach(big.viewer);
  const attachment = terminal.attach(small.viewer);
  expect(big.events).toContain("size 60x40");
  attachment.detach();
  expect(sizes).toEqual(["120x40", "60x40", "120x40"]);
  terminal.close("over");
});

test("what any viewer types reaches the PTY, ^C as it is", () => {
  const { pty, typed } = fakePty();
  const terminal = createTerminal(pty);
  const one = terminal.attach(fakeViewer().viewer);
  const two = terminal.attach(fakeViewer().viewer);
  one.write(Buffer.from("p 1"));
  two.write(Buffer.from("\x03"));
  expect(typed).toEqual(["p 1", "\x03"]);
  terminal.close("over");
});

test("a slow viewer is given a fresh screen; it holds up nobody", async () => {
  const { pty, print } = fakePty();
  const terminal = createTerminal(pty);
  const slow = fakeViewer();
  const quick = fakeViewer();
  terminal.attach(slow.viewer);
  terminal.attach(quick.viewer);
  print("first\r\n");
  await sees(slow, "first");
  await sees(quick, "first");
  slow.isSlow(2 * 1024 * 1024);
  for (let i = 0; i < 2000; i++) print(`line ${i}\r\n`);
  await sees(quick, "line 1999");
  expect(slow.text()).not.toContain("line 1000");
  slow.isSlow(0);
  await sees(slow, "line 1999");
  terminal.close("over");
});

test("another PTY in its place keeps the viewers and the screen", async () => {
  const first = fakePty();
  const terminal = createTerminal(first.pty);
  const viewer = fakeViewer();
  terminal.attach(viewer.viewer);
  first.print("before\r\n");
  await sees(viewer, "before");
  const second = fakePty();
  terminal.rewire(second.pty);
  expect(first.killed()).toBe(1);
  second.print("after\r\n");
  await sees(viewer, "after");
  expect(viewer.events).toEqual([]);
  terminal.close("the thread went on");
  expect(viewer.events).toEqual(["end the thread went on"]);
  expect(second.killed()).toBe(1);
});

test("who attaches to a terminal that has ended is told so", () => {
  const terminal = createTerminal(fakePty().pty);
  terminal.close("over");
  const viewer = fakeViewer();
  terminal.attach(viewer.viewer);
  expect(viewer.events).toEqual(["end the thread went on"]);
});

test("a terminal that is finished shows what was written last", async () => {
  const { pty, print, exit } = fakePty();
  const terminal = createTerminal(pty);
  const viewer = fakeViewer();
  terminal.attach(viewer.viewer);
  terminal.finish("the thread went on");
  print("c\r\n");
  await sees(viewer, "c\r\n");
  expect(viewer.events).toEqual([]);
  exit();
  expect(viewer.events).toEqual(["end the thread went on"]);

  const stubborn = createTerminal(fakePty().pty);
  const other = fakeViewer();
  stubborn.attach(other.viewer);
  stubborn.finish("the thread went on");
  await expect.poll(() => other.events).toEqual(["end the thread went on"]);
});

test("who came just before the end is shown the screen, then told", async () => {
  const { pty, print } = fakePty();
  const terminal = createTerminal(pty);
  print("views.py(42)\r\n(Pdb) ");
  const quick = fakeViewer();
  const slow = fakeViewer();
  const left = fakeViewer();
  slow.isSlow(1);
  terminal.attach(quick.viewer);
  terminal.attach(slow.viewer);
  const leaves = terminal.attach(left.viewer);
  print("c\r\n");
  terminal.close("over");
  leaves.detach();
  for (const viewer of [quick, slow]) {
    await expect.poll(() => viewer.events).toContain("end over");
    expect(viewer.text()).toContain("views.py(42)\r\n(Pdb) c\r\n");
  }
  expect(left.events).not.toContain("end over");
});

test("output that never ends waits until what there is has been taken in, also from the next PTY", async () => {
  const first = fakePty();
  const terminal = createTerminal(first.pty);
  const line = `${"x".repeat(78)}\r\n`;
  const megabyte = line.repeat(14_000);
  first.print(line);
  expect(first.waits()).toBe(false);
  first.print(megabyte);
  expect(first.waits()).toBe(true);
  const second = fakePty();
  terminal.rewire(second.pty);
  expect(second.waits()).toBe(true);
  await expect.poll(second.waits, { timeout: 30_000 }).toBe(false);
  second.print("the end");
  const viewer = fakeViewer();
  terminal.attach(viewer.viewer);
  await sees(viewer, "the end");
  terminal.close("over");
});

test("who comes late to a terminal that was narrower sees what was drawn for its width then", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  try {
    const { pty, print } = fakePty();
    const terminal = createTerminal(pty);
    const first = fakeViewer(10, 5);
    const narrow = terminal.attach(first.viewer);
    // A line that takes two rows, drawn anew from the first of them.
    print("above\r\n0123456789ab\x1b[A\r0123456789abc");
    narrow.detach();
    vi.setSystemTime(Date.now() + 60_000);
    const late = fakeViewer(80, 24);
    terminal.attach(late.viewer);
    // Printed while its screen is being drawn: neither lost nor shown twice.
    print("!");
    await sees(late, "!");
    expect(late.text()).toContain("above");
    expect(late.text().split("abc!")).toHaveLength(2);
    terminal.close("over");
  } finally {
    vi.useRealTimers();
  }
});
