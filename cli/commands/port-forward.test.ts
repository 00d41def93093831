import { once } from "node:events";
import { connect, type AddressInfo, createServer } from "node:net";
import { text } from "node:stream/consumers";
import { beforeEach, expect, test } from "vitest";
import { aSession } from "../testing/objects.js";
import { TestCli } from "../testing/run-cli.js";
import { waitFor } from "../testing/wait-for.js";

let cli: TestCli;
beforeEach(() => {
  cli = new TestCli();
  cli.sidecar.sessionList = [aSession("shop")];
});

/** Runs it until it listens; the port that was picked. */
async function forwarding(line: string) {
  const ran = cli.run(line);
  const found = () =>
    /Forwarding from 127\.0\.0\.1:(\d+) -> \d+\n/.exec(cli.streams.written.out);
  await waitFor(
    () => found() !== null,
    () => cli.streams.written.err,
  );
  return { ran, port: Number(found()?.[1]) };
}

test("a connection goes to and fro, each end by itself; Ctrl-C ends", async () => {
  cli.sidecar.onStream = (stream) => {
    stream.onInputEnd = () => {
      stream.writes("stdout", `you said ${stream.received}`);
      stream.exits(0);
    };
  };
  const { ran, port } = await forwarding("port-forward session/shop :8000");
  const socket = connect(port, "127.0.0.1");
  socket.end("hello");
  expect(await text(socket)).toBe("you said hello");
  expect(cli.sidecar.calls).toContain("forward shop 8000");
  cli.signal("SIGINT");
  const { out, code } = await ran;
  expect(out).toContain(`Forwarding from 127.0.0.1:${port} -> 8000\n`);
  expect(out).toContain(`Handling connection for ${port}\n`);
  expect(code).toBe(130);
});

test("a port that nothing listens on is said, and ends only that connection", async () => {
  cli.sidecar.onStream = (stream) => {
    stream.writes("stderr", "Connection refused\n");
    stream.exits(1);
  };
  const { ran, port } = await forwarding("port-forward shop :81");
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "close");
  await waitFor(
    () => cli.streams.written.err.includes("refused"),
    () => "no word of it",
  );
  expect(cli.streams.written.err).toBe(
    `error: forwarding ${port} -> 81 of session/shop: Connection refused\n`,
  );
  cli.signal("SIGTERM");
  expect((await ran).code).toBe(143);
});

test("a local port that is taken", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const { err, code } = await cli.run(
    `port-forward shop ${port}:80 --address 127.0.0.1`,
  );
  other.close();
  expect(err).toContain(`error: unable to listen on port ${port}: `);
  expect(code).toBe(1);
});

test.each([
  [
    "port-forward shop",
    "error: name at least one port: [LOCAL:]PORT, such as 8080:8000",
  ],
  [
    "port-forward shop 8080:http 80",
    'error: "8080:http" is no port: [LOCAL:]PORT, such as 8080:8000',
  ],
  [
    "port-forward shop 70000",
    'error: "70000" is no port: they are from 1 to 65535',
  ],
  [
    "port-forward shop 8080:0",
    'error: "8080:0" is no port: they are from 1 to 65535',
  ],
  [
    "port-forward session/x 80",
    'Error from server (NotFound): sessions "x" not found',
  ],
])("%s", async (line, message) => {
  const { err, code } = await cli.run(line);
  expect(err.split("\n")[0]).toBe(message);
  expect(code).toBe(1);
});
