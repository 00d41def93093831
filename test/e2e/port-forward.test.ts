import { afterAll, beforeAll, expect, test } from "vitest";
import { get, servedBy } from "./support/http.js";
import { until } from "./support/poll.js";
import { docker, tryRun } from "./support/run.js";
import { openStage, type App, type Stage } from "./support/stage.js";

let stage: Stage;
let app: App;
let session: string;
let network: string;
beforeAll(async () => {
  stage = await openStage();
  network = `t-internal-${process.pid}`;
  await docker("network", "create", "--internal", network);
  app = await stage.web();
  await docker("network", "connect", network, app.name);
  await docker("network", "disconnect", "bridge", app.name);
  session = await stage.debug(app.name, "--match", "header:x-debug=me");
});
afterAll(async () => {
  await stage?.delete(session, app.name);
  await stage?.end();
  await tryRun("docker", ["network", "rm", network]);
});

/** `port-forward` as it runs, and the port that it picked. */
async function forwarding(...ports: string[]) {
  const command = stage.cli.tty("port-forward", `session/${session}`, ...ports);
  const line = await command.sees(/Forwarding from 127\.0\.0\.1:\d+ -> \d+/);
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(line)?.[1]);
  return { command, port, url: `http://127.0.0.1:${port}` };
}

test("a port of an internal network's replica must be reached, past every match", async () => {
  const { command, url, port } = await forwarding(":8000");
  const answers = await Promise.all(
    Array.from({ length: 8 }, () => get(`${url}/`)),
  );
  for (const answer of answers) {
    expect(answer.status).toBe(200);
    // Straight to the app: no interceptor marks it.
    expect(servedBy(answer)).toBe("original");
    expect(answer.body).toContain("sidestep");
  }
  await command.sees(`Handling connection for ${port}`);
  command.type("\x03");
  expect(await command.ends()).toBe(130);
});

test("what only the replica's loopback has must be reached, both ways and large", async () => {
  const replica = `${app.name}-sidestep-${session}`;
  const echo = `
import socketserver
class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        got = b""
        while True:
            data = self.request.recv(65536)
            if not data: break
            got += data
        self.request.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\n%d" % len(got))
socketserver.TCPServer(("127.0.0.1", 5999), Echo).serve_forever()
`;
  await docker(
    "exec",
    "-d",
    "-e",
    "SIDESTEP_KIT_SOCKET=",
    replica,
    "python3",
    "-c",
    echo,
  );
  const { command, port } = await forwarding(":5999");
  const sent = await until("the echo answers", async () => {
    // The end of what is sent must come through: the answer comes after it.
    const script = `head -c 5000000 /dev/zero | timeout 20 python3 -c "
import socket, sys
s = socket.create_connection(('127.0.0.1', ${port}))
s.sendall(sys.stdin.buffer.read()); s.shutdown(socket.SHUT_WR)
print(s.makefile().read())"`;
    const { stdout } = await tryRun("sh", ["-c", script]);
    return stdout.includes("200 OK") && stdout;
  });
  expect(sent).toContain("\n5000000");
  command.kill("SIGTERM");
  expect(await command.ends()).toBe(143);
});

test("a port that nothing listens on must be said, and the rest go on", async () => {
  const { command, port } = await forwarding(":81", ":8000");
  await expect(get(`http://127.0.0.1:${port}/`)).rejects.toThrow();
  await command.sees(
    `error: forwarding ${port} -> 81 of session/${session}: Connection refused`,
  );
  const other = /127\.0\.0\.1:(\d+) -> 8000/.exec(command.output)?.[1];
  expect((await get(`http://127.0.0.1:${other}/`)).status).toBe(200);
  command.type("\x03");
  await command.ends();
});
