import { mkdtemp, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listenForInterceptors } from "./interceptors.js";
import { createKitLinks, type KitLinks, type PauseEvents } from "./kits.js";
import { MAX_STRANGERS } from "./listen.js";
import { MAX_LINE } from "../schema/index.js";

/** What was told of pauses: `shop 0123abcd`. */
let paused: string[];
let kits: KitLinks;
let folder: string;
const clients: Client[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "sidestep-links-"));
  paused = [];
  const pauses: PauseEvents = {
    paused: (session, { id }) => void paused.push(`${session} ${id}`),
    resumed: () => undefined,
    serving: () => undefined,
    hungUp: () => undefined,
    exited: () => undefined,
    typed: () => undefined,
  };
  const breakpoints = {
    forKits: () => undefined,
    reported: () => undefined,
    gone: () => undefined,
  };
  const log = { info: () => undefined, warn: () => undefined };
  kits = createKitLinks(
    () => undefined,
    pauses,
    breakpoints,
    log,
    (session) => join(folder, `${session}.sock`),
  );
  await kits.expect("shop", "the token of shop");
  await kits.expect("bank", "the token of bank");
});
afterEach(async () => {
  vi.useRealTimers();
  for (const { socket } of clients.splice(0)) socket.destroy();
  kits.close();
  await rm(folder, { recursive: true });
});

interface Client {
  socket: net.Socket;
  /** What it was told, a JSON text a line. */
  heard: () => string;
  closed: () => boolean;
  say: (message: unknown) => void;
}

function dial(name: string): Client {
  const socket = net.connect(join(folder, `${name}.sock`));
  let heard = "";
  let closed = false;
  socket.on("data", (data) => (heard += data.toString()));
  socket.on("error", () => undefined);
  socket.on("close", () => (closed = true));
  const client: Client = {
    socket,
    heard: () => heard,
    closed: () => closed,
    say: (message) => void socket.write(`${JSON.stringify(message)}\n`),
  };
  clients.push(client);
  return client;
}

const hello = (session: string, pid = 7) => ({
  type: "hello",
  token: `the token of ${session}`,
  pid,
  runtime: "python 3.11.2",
});

/** A kit that is heard. */
async function aKit(session: string, pid = 7): Promise<Client> {
  const kit = dial(session);
  kit.say(hello(session, pid));
  await expect.poll(kit.heard, { timeout: 10_000 }).toContain("welcome");
  return kit;
}

const aPause = (id: number) => ({
  type: "pause",
  id: id.toString(16).padStart(8, "0"),
  pid: 7,
  thread: "MainThread",
  reason: "breakpoint",
  file: "/app/views.py",
  line: 42,
  function: "order",
});

const closes = (client: Client) =>
  expect.poll(client.closed, { timeout: 10_000 }).toBe(true);

test.each([
  ["no token", { ...hello("shop"), token: "" }],
  ["a wrong token", { ...hello("shop"), token: "the token of shoq" }],
  ["another session's token", hello("bank")],
  ["a pause before the token", aPause(1)],
])("%s: it is hung up on, and nothing is believed", async (_case, message) => {
  const kit = dial("shop");
  kit.say(message);
  kit.say(aPause(1));
  await closes(kit);
  expect(kit.heard()).toBe("");
  expect(paused).toEqual([]);
  expect(kits.get("shop")).toBeUndefined();
});

test.each<[string, Buffer]>([
  ["a line that never ends", Buffer.alloc(4 * MAX_LINE, "x")],
  ["what is no JSON", Buffer.from("{\n")],
  ["a message of no known type", Buffer.from('{"type":"root"}\n')],
  ["bytes that are no UTF-8", Buffer.from([0xff, 0xfe, 0xc3, 0x28, 0x0a])],
  ["nesting without end", Buffer.from(`${"[".repeat(MAX_LINE - 1)}\n`)],
  [
    "a pause whose id is a path",
    Buffer.from(`${JSON.stringify({ ...aPause(1), id: "../../bank/1" })}\n`),
  ],
])("%s ends that connection; others are heard", async (_case, bytes) => {
  const other = await aKit("bank");
  const kit = await aKit("shop");
  kit.socket.write(bytes);
  await closes(kit);
  other.say(aPause(1));
  await expect.poll(() => paused).toEqual(["bank 00000001"]);
});

test("text that is no UTF-8 within a message is shown as such, and harms nothing", async () => {
  const kit = await aKit("shop");
  const [before, after] = JSON.stringify(aPause(1)).split("MainThread");
  kit.socket.write(
    Buffer.concat([
      Buffer.from(before ?? ""),
      Buffer.from([0xc3, 0x28, 0xff]),
      Buffer.from(`${after}\n`),
    ]),
  );
  await expect.poll(() => paused).toEqual(["shop 00000001"]);
});

test("a thousand connections without a token keep no process from being heard", async () => {
  const crowd = Array.from({ length: 1_000 }, () => dial("shop"));
  const left = () => crowd.filter(({ closed }) => !closed()).length;
  await expect.poll(left, { timeout: 30_000 }).toBe(MAX_STRANGERS);
  const kit = await aKit("shop");
  kit.say(aPause(1));
  await expect.poll(() => paused).toEqual(["shop 00000001"]);
  expect(kit.closed()).toBe(false);
});

test("of one replica 200 processes are heard, whatever it claims", async () => {
  const many = Array.from({ length: 200 }, (_, pid) => aKit("shop", pid));
  const heard = await Promise.all(many);
  const next = dial("shop");
  next.say(hello("shop", 300));
  await closes(next);
  expect(heard.some(({ closed }) => closed())).toBe(false);
  await aKit("bank");
});

test("a flood of pauses is heard slowly, another session's at once, and all in their order", async () => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
  const ids = Array.from({ length: 400 }, (_, id) => id + 1);
  const [shop, bank] = [dial("shop"), dial("bank")];
  shop.say(hello("shop"));
  bank.say(hello("bank"));
  const until = async (done: () => boolean) => {
    for (let turns = 0; !done() && turns < 10_000; turns++) {
      await new Promise(setImmediate);
    }
    expect(done()).toBe(true);
  };
  const heard = (session: string) =>
    paused.filter((each) => each.startsWith(session)).length;
  for (const id of ids) shop.say(aPause(id));
  await until(() => heard("shop") === 160);
  bank.say(aPause(1));
  await until(() => heard("bank") === 1);
  expect(heard("shop")).toBe(160);
  await vi.advanceTimersByTimeAsync(1_000);
  await until(() => heard("shop") === 180);
  for (let seconds = 0; seconds < 12; seconds++) {
    await vi.advanceTimersByTimeAsync(1_000);
    await new Promise(setImmediate);
  }
  await until(() => heard("shop") === 400);
  const inOrder = paused.filter((each) => each.startsWith("shop"));
  expect(inOrder).toEqual(
    ids.map((id) => `shop ${id.toString(16).padStart(8, "0")}`),
  );
});

test("what one replica was asked, another cannot answer", async () => {
  const [shop, bank] = [await aKit("shop"), await aKit("bank")];
  const asked = kits.check("bank")({ type: "check", if: "qty <" });
  await expect.poll(bank.heard).toContain('"check"');
  const { query } = JSON.parse(bank.heard().trim().split("\n").at(-1)!) as {
    query: string;
  };
  const problem = (message: string) => ({
    type: "checked",
    query,
    problem: { field: "if", message, at: 0 },
  });
  shop.say(problem("a lie"));
  shop.say(aPause(1));
  await expect.poll(() => paused).toEqual(["shop 00000001"]);
  bank.say(problem("invalid syntax"));
  expect(await asked).toMatchObject({ message: "invalid syntax" });
});

test("an interceptor with a wrong token is hung up on; one answers for itself alone", async () => {
  const gone: string[] = [];
  const links = await listenForInterceptors(
    () => undefined,
    () => undefined,
    () => undefined,
    {
      canarySeen: () => undefined,
      seen: () => undefined,
      figures: () => undefined,
      hungUp: (name) => void gone.push(name),
    },
    join(folder, "interceptor.sock"),
  );
  links.expect("of-shop", "token 1");
  links.expect("of-bank", "token 2");
  const greet = (token: string, run: string, more = {}) => {
    const client = dial("interceptor");
    client.say({ type: "hello", token, pid: 1, port: 80, run, ...more });
    return client;
  };
  for (const token of ["", "token 3", "token 1x", "of-shop"]) {
    await closes(greet(token, "a", { name: "of-shop" }));
  }
  expect(links.all()).toEqual([]);
  // Whatever it says its name is: its token says it.
  const shop = greet("token 1", "a", { name: "of-bank" });
  await expect.poll(() => links.get("of-shop")?.run).toBe("a");
  expect(links.get("of-bank")).toBeUndefined();
  const bank = greet("token 2", "b");
  await expect.poll(() => links.get("of-bank")?.run).toBe("b");

  const probed = links.probe("of-bank", "10.0.0.1", 80);
  await expect.poll(bank.heard).toContain('"probe"');
  const { id } = JSON.parse(bank.heard()) as { id: number };
  shop.say({ type: "probed", id, ok: false });
  shop.say({ type: "applied", version: 4 });
  await expect.poll(() => links.get("of-shop")?.applied).toBe(4);
  bank.say({ type: "probed", id, ok: true });
  expect(await probed).toBe(true);
  expect(links.get("of-bank")?.applied).toBe(0);
  expect(gone).toEqual([]);

  const crowd = Array.from({ length: 200 }, () => dial("interceptor"));
  const left = () => crowd.filter(({ closed }) => !closed()).length;
  await expect.poll(left, { timeout: 10_000 }).toBe(MAX_STRANGERS);
  expect([shop.closed(), bank.closed()]).toEqual([false, false]);
  links.close();
});
