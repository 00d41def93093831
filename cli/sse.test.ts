import { expect, test } from "vitest";
import { parseServerEvents } from "./sse.js";

async function read(...chunks: (string | Uint8Array)[]) {
  const events: string[] = [];
  for await (const { data, id } of parseServerEvents(from(chunks))) {
    events.push(id === undefined ? data : `${id}|${data}`);
  }
  return events;
}

async function* from(chunks: (string | Uint8Array)[]) {
  for (const chunk of chunks) yield Buffer.from(chunk);
}

const STREAM =
  ': hello\nretry: 1000\n\ndata: {"a":"ü€😀"}\n\nid: e.1\ndata: one\ndata: two\n\n: still here\n\ndata:three\nid: e.2\n\n';
const EVENTS = ['{"a":"ü€😀"}', "e.1|one\ntwo", "e.2|three"];

test("messages, their ids, and what is no message", async () => {
  expect(await read(STREAM)).toEqual(EVENTS);
});

test("cut anywhere, also within a character", async () => {
  const bytes = Buffer.from(STREAM);
  for (let at = 1; at < bytes.length; at++) {
    const parts = [bytes.subarray(0, at), bytes.subarray(at)];
    expect(await read(...parts)).toEqual(EVENTS);
  }
  expect(await read(...[...bytes].map((byte) => Buffer.of(byte)))).toEqual(
    EVENTS,
  );
});

test("lines may end with CR, LF or both, cut between the two", async () => {
  for (const end of ["\r\n", "\r", "\n"]) {
    const bytes = [...Buffer.from(STREAM.replaceAll("\n", end) + "data:x")];
    expect(await read(...bytes.map((byte) => Buffer.of(byte)))).toEqual(EVENTS);
  }
});

test("a message that is cut off is none", async () => {
  expect(await read("data: one\n\ndata: tw")).toEqual(["one"]);
  expect(await read("data: one\n\ndata: two\n")).toEqual(["one"]);
  expect(await read("data: one\n", "\n")).toEqual(["one"]);
});

test("a byte order mark and unknown fields are left out", async () => {
  expect(await read("\ufeffdata: one\nevent: x\nfoo\ndata\n\n")).toEqual([
    "one\n",
  ]);
});
