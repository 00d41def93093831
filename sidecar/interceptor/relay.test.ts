import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  Client,
  eventually,
  ok,
  onRequests,
  startApp,
  Testbed,
  type App,
} from "./testbed.js";

const get = (target: string, headers = "") =>
  `GET ${target} HTTP/1.1\r\nHost: shop\r\n${headers}\r\n`;
const matched = "X-Debug: alice\r\n";

let bed: Testbed;
let replica: App;

/** A testbed whose replica answers `replica:<target>`. */
async function withOriginal(
  talk: Parameters<typeof startApp>[0],
): Promise<void> {
  bed = await new Testbed(await startApp(talk), replica).start();
}

beforeEach(async () => {
  replica = await startApp(onRequests((target) => ok(`replica:${target}`)));
});
afterEach(() => bed.stop());

const echo = onRequests((target) => ok(`original:${target}`, "X-Odd:  v\r\n"));

describe("unmatched requests", () => {
  test("reach the original as sent, and its answers come back as sent", async () => {
    await withOriginal(echo);
    const client = await Client.dial(bed.port);
    const request =
      "GET /a?b  HTTP/1.1\r\nhOST:shop\r\nx: \xe9 \r\n\r\n".replace(
        "b  ",
        "b ",
      );
    client.send(request);
    await client.until("original:/a?b");
    expect(client.text).toBe(ok("original:/a?b", "X-Odd:  v\r\n"));
    expect(bed.original.received).toEqual([request]);
  });

  test("share a connection with matched ones, each going where it belongs", async () => {
    await withOriginal(echo);
    const client = await Client.dial(bed.port);
    for (let i = 0; i < 3; i++) {
      client.taken();
      await client.send(get(`/o${i}`)).until(`original:/o${i}`);
      client.taken();
      await client.send(get(`/r${i}`, matched)).until(`replica:/r${i}`);
      expect(client.text).toContain("X-Sidestep: session=shop\r\n");
      expect(client.text).toContain("Connection: keep-alive\r\n");
    }
    expect(bed.original.received).toEqual([
      get("/o0") + get("/o1") + get("/o2"),
    ]);
    const received = replica.received.join("");
    expect(received.match(/GET \S+/g)?.sort()).toEqual([
      "GET /r0",
      "GET /r1",
      "GET /r2",
    ]);
    expect(
      received.toLowerCase().split("x-forwarded-for: 127.0.0.1\r\n"),
    ).toHaveLength(4);
    await eventually(() => replica.open.size === 0);
  });

  test("are answered in order when pipelined, with matched ones among them", async () => {
    await withOriginal(echo);
    const client = await Client.dial(bed.port);
    client.send(
      get("/1") +
        get("/2", matched) +
        get("/3") +
        get("/4") +
        get("/5", matched),
    );
    await client.until("replica:/5");
    expect(client.text.match(/(original|replica):\/\d/g)).toEqual([
      "original:/1",
      "replica:/2",
      "original:/3",
      "original:/4",
      "replica:/5",
    ]);
    expect(bed.original.received).toEqual([get("/1") + get("/3") + get("/4")]);
  });

  test("keep their chunks, both ways, with extensions and trailers", async () => {
    const body = "5;a=b\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n";
    const answer = `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;
    await withOriginal((socket) => {
      let text = "";
      socket.on("data", (bytes: Buffer) => {
        text += bytes.toString("latin1");
        if (text.endsWith("X-Sum: 1\r\n\r\n")) socket.write(answer);
      });
    });
    const client = await Client.dial(bed.port);
    const head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
    client.send(head);
    for (const byte of body) client.send(byte);
    await client.until("X-Sum: 1\r\n\r\n");
    expect(client.taken()).toBe(answer);
    expect(bed.original.received).toEqual([head + body]);
    await client.send(get("/r", matched)).until("replica:/r");
  });

  test("wait for 100 Continue, and get early hints", async () => {
    await withOriginal((socket) => {
      socket.on("data", (bytes: Buffer) => {
        if (bytes.toString().endsWith("\r\n\r\n"))
          socket.write(
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n",
          );
        else socket.write(ok("done"));
      });
    });
    const client = await Client.dial(bed.port);
    client.send(
      "PUT / HTTP/1.1\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n",
    );
    await client.until("103 Early Hints\r\nLink: x\r\n\r\n");
    await client.send("body").until("done");
    await client.send(get("/r", matched)).until("replica:/r");
  });

  test("that were refused before their body are no longer told apart", async () => {
    await withOriginal((socket) => {
      socket.once("data", () =>
        socket.write(
          "HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n",
        ),
      );
    });
    const client = await Client.dial(bed.port);
    client.send(
      "PUT / HTTP/1.1\r\nContent-Length: 60\r\nExpect: 100-continue\r\n\r\n",
    );
    await client.until("417");
    client.send(get("/body-or-request", matched));
    await eventually(() =>
      bed.original.received[0]!.includes("/body-or-request"),
    );
    expect(replica.received).toEqual([]);
  });

  test("know that HEAD, 204 and 304 have no body", async () => {
    const heads = [
      "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n",
      "HTTP/1.1 204 No Content\r\n\r\n",
      "HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n",
    ];
    let next = 0;
    await withOriginal(onRequests(() => heads[next++]));
    const client = await Client.dial(bed.port);
    await client.send("HEAD / HTTP/1.1\r\n\r\n").until("99\r\n\r\n");
    await client.send(get("/")).until("204 No Content\r\n\r\n");
    await client.send(get("/")).until("304 Not Modified");
    await client.send(get("/r", matched)).until("replica:/r");
    expect(client.text.startsWith(heads.join(""))).toBe(true);
  });

  test("see bodies that end with the connection end so", async () => {
    await withOriginal(
      onRequests((_target, socket) => {
        socket.end("HTTP/1.1 200 OK\r\n\r\nuntil the end");
        return undefined;
      }),
    );
    const client = await Client.dial(bed.port);
    await client.send(get("/")).until("until the end");
    await eventually(() => client.ended);
  });

  test("may be answered early, and the answer arrives whole", async () => {
    const answer = `HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 5\r\n\r\nlarge`;
    await withOriginal((socket) => {
      socket.once("data", () => socket.end(answer));
    });
    const client = await Client.dial(bed.port);
    client.send("POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\npart");
    await eventually(() => client.ended);
    expect(client.text).toBe(answer);
  });

  test("are answered after the client has closed its half", async () => {
    let ended = false;
    await withOriginal((socket) => {
      socket.on("end", () => {
        ended = true;
        socket.end(ok("to the half closed"));
      });
    });
    const client = await Client.dial(bed.port);
    client.send(get("/"));
    client.socket.end();
    await client.until("to the half closed");
    await eventually(() => client.ended);
    expect(ended).toBe(true);
  });

  test("tunnel what the original upgrades", async () => {
    await withOriginal((socket) => {
      socket.once("data", () => {
        socket.write(
          "HTTP/1.1 101 Switching Protocols\r\n\r\n\x81\x00",
          "latin1",
        );
        socket.on("data", (bytes: Buffer) => socket.write(bytes));
      });
    });
    const client = await Client.dial(bed.port);
    client.send(get("/", "Connection: Upgrade\r\nUpgrade: websocket\r\n"));
    await client.until("\r\n\r\n\x81\x00");
    await client.send(get("/frame", matched)).until("/frame");
    expect(replica.received).toEqual([]);
  });

  test("end as the original ends them, by FIN or by reset", async () => {
    await withOriginal(
      onRequests((target, socket) => {
        if (target === "/fin") socket.end();
        else socket.resetAndDestroy();
        return undefined;
      }),
    );
    const fin = await Client.dial(bed.port);
    fin.send(get("/fin"));
    await eventually(() => fin.ended);
    expect(fin.text).toBe("");
    expect(fin.reset).toBe(false);
    const reset = await Client.dial(bed.port);
    reset.send(get("/reset"));
    await eventually(() => reset.reset);
  });

  test("see the original close an idle connection", async () => {
    await withOriginal(
      onRequests((_target, socket) => {
        setTimeout(
          () => socket.end("HTTP/1.1 408 Request Timeout\r\n\r\n"),
          50,
        );
        return ok("first");
      }),
    );
    const client = await Client.dial(bed.port);
    await client.send(get("/")).until("first");
    await client.until("408 Request Timeout");
    await eventually(() => client.ended);
  });

  test("are refused as the app would, where nobody listens", async () => {
    await withOriginal(echo);
    bed.original.close();
    const client = await Client.dial(bed.port);
    client.send(get("/"));
    await eventually(() => client.reset);
    expect(client.text).toBe("");
  });

  test("leave nothing at the original when 70 clients break off", async () => {
    await withOriginal(() => undefined); // never answers
    const clients = await Promise.all(
      Array.from({ length: 70 }, () => Client.dial(bed.port)),
    );
    for (const client of clients) client.send(get("/"));
    await eventually(() => bed.original.open.size === 70);
    for (const client of clients) client.socket.resetAndDestroy();
    await eventually(() => bed.original.open.size === 0);
  });
});

describe("what is no HTTP/1, or cannot be framed", () => {
  test.each([
    ["TLS", "\x16\x03\x01\x02\x00\x01\x00"],
    ["HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["Redis", "PING\r\n"],
  ])("%s is spliced to the original", async (_name, hello) => {
    await withOriginal((socket) => {
      socket.on("data", (bytes: Buffer) => socket.write(bytes));
      socket.on("end", () => socket.end());
    });
    const client = await Client.dial(bed.port);
    await client.send(hello).until(hello);
    await client.send(get("/", matched)).until("alice");
    client.socket.end();
    await eventually(() => client.ended);
    expect(replica.received).toEqual([]);
  });

  test("a session that takes everything gets it", async () => {
    const hello = "\x16\x03\x01\x02\x00\x01\x00";
    await withOriginal(echo);
    await bed.route([]);
    const client = await Client.dial(bed.port);
    client.send(hello);
    await eventually(() => replica.received[0] === hello);
    expect(bed.original.received).toEqual([]);
  });

  test("a server that speaks first is heard", async () => {
    await withOriginal((socket) => {
      socket.write("220 hello\r\n");
      socket.on("data", () => socket.write("250 ok\r\n"));
    });
    const client = await Client.dial(bed.port);
    await client.until("220 hello");
    await client.send(get("/", matched)).until("250 ok");
    expect(replica.received).toEqual([]);
  });

  test("a client that connects ahead is routed all the same", async () => {
    await withOriginal(echo);
    const client = await Client.dial(bed.port);
    await eventually(() => bed.original.open.size === 1);
    await client.send(get("/r", matched)).until("replica:/r");
    await client.send(get("/o")).until("original:/o");
    expect(bed.original.received).toEqual([get("/o")]);
  });

  test.each([
    get("/", `${matched}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n`),
    get("/", `${matched} folded\r\n`),
    `GET / HTTP/1.1\nX-Debug: alice\n\n`,
    get("/", `${matched}Content-Length: 1\r\nContent-Length: 2\r\n`),
    get("/", `${matched}X: ${"x".repeat(66_000)}\r\n`),
  ])("%.70j goes to the original, with an event", async (request) => {
    await withOriginal((socket) => {
      socket.on("data", () => socket.write("."));
    });
    const client = await Client.dial(bed.port);
    client.send(request);
    await client.until(".");
    client.send(get("/after", matched));
    await eventually(() =>
      bed.original.received[0]!.endsWith(get("/after", matched)),
    );
    expect(bed.original.received[0]).toBe(request + get("/after", matched));
    expect(replica.received).toEqual([]);
    expect(await bed.event("NotRoutedByContent")).toMatch(/127\.0\.0\.1/);
  });

  test("a body whose chunks go wrong is spliced from there", async () => {
    await withOriginal(() => undefined);
    const client = await Client.dial(bed.port);
    const request = `POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0x5\r\n${get("/smuggled", matched)}`;
    client.send(request);
    await eventually(() => bed.original.received[0] === request);
    await bed.event("NotRoutedByContent");
    expect(replica.received).toEqual([]);
  });
});

test("100 MB both ways hold the sender back, and take little memory", async () => {
  const size = 100 * 1024 * 1024;
  const head = `POST / HTTP/1.1\r\nContent-Length: ${size}\r\n\r\n`;
  const answer = `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`;
  let read = () => {};
  // Sends the body back as it comes, but reads nothing at first.
  await withOriginal((socket) => {
    socket.pause();
    read = () => socket.resume();
    socket.once("data", (bytes: Buffer) => {
      socket.write(answer);
      socket.write(bytes.subarray(head.length));
      socket.on("data", (more: Buffer) => {
        if (socket.write(more)) return;
        socket.pause();
        socket.once("drain", () => socket.resume());
      });
    });
  });
  const client = connect(bed.port, "127.0.0.1");
  client.on("error", () => undefined);
  const chunk = Buffer.alloc(65536, "x");
  let sent = 0;
  const pump = () => {
    while (sent < size) {
      sent += chunk.length;
      if (!client.write(chunk)) return void client.once("drain", pump);
    }
  };
  client.write(head);
  pump();
  // What is on its way to an app that does not read is what kernels hold.
  let before = -1;
  let unchanged = 0;
  await eventually(() => {
    unchanged = sent === before ? unchanged + 1 : 0;
    before = sent;
    return unchanged > 50;
  });
  expect(sent).toBeLessThan(size / 2);

  const memory = process.memoryUsage().rss;
  let most = 0;
  let came = 0;
  client.on("data", (bytes: Buffer) => {
    came += bytes.length;
    most = Math.max(most, process.memoryUsage().rss);
  });
  read();
  await eventually(() => came === answer.length + size, undefined, 15_000);
  expect(most - memory).toBeLessThan(80 * 1024 * 1024);
  client.destroy();
});
