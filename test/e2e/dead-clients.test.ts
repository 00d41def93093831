import { afterAll, beforeAll, test } from "vitest";
import { get } from "./support/http.js";
import { until } from "./support/poll.js";
import { docker, tryRun } from "./support/run.js";
import { addressIn, openStage, type Stage } from "./support/stage.js";

// An interceptor whose target is killed goes with its whole network: its
// connections to the replica end without a word.
const NETWORK = `t-gone-${process.pid}`;

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
  await docker("network", "create", NETWORK);
});
afterAll(async () => {
  await stage?.end();
  await tryRun("docker", ["network", "rm", NETWORK]);
});

const HALF = `
import socket, sys, time
connection = socket.create_connection((sys.argv[1], 8000))
connection.sendall(b"GET / HTTP/1.1\\r\\nHo")
print("sent", flush=True)
time.sleep(600)
`;

test("a client that is gone without a word must not keep a synchronous replica for ever", async () => {
  const app = await stage.web();
  await docker("network", "connect", NETWORK, app.name);
  const session = await stage.debug(app.name, "--match", "header:x-debug=a");
  const replica = `${app.name}-sidestep-${session}`;
  const place = ["--network", NETWORK, "--entrypoint", "python3"];
  const to = await addressIn(NETWORK, replica);
  const client = await stage.run(place, ["-c", HALF, to]);
  await until("it has sent half a request", async () =>
    (await docker("logs", client)).includes("sent"),
  );
  await docker("network", "disconnect", "-f", NETWORK, client);
  const url = `http://${await addressIn("bridge", replica)}:8000`;
  let answered = false;
  void get(url).then(() => (answered = true));
  await until("another client is served", () => answered, 40);
  await stage.delete(session, app.name);
  await docker("network", "disconnect", NETWORK, app.name);
});
