import { answer, type Exchange } from "./script.js";

/** Reads what a client gets, answer by answer, each by what is known of it. */
export class Progress {
  /** How many answers have come whole; half a one is its interim part. */
  answered = 0;
  /** Where the bytes after them begin. */
  at = 0;

  constructor(private readonly exchanges: Exchange[]) {}

  /** Takes account of all that has come so far; throws at what must not have come. */
  read(text: string): this {
    for (;;) {
      const exchange = this.exchanges[Math.floor(this.answered)];
      if (!exchange) return this;
      const whole = exchange.matched
        ? this.replica(exchange, text)
        : this.original(exchange, text);
      if (whole === undefined) return this;
      this.at += whole;
      this.answered = Math.floor(this.answered) + 1;
    }
  }

  /** The length of an answer that must be there byte for byte. */
  private original({ response }: Exchange, text: string): number | undefined {
    const expected = answer(response);
    const come = text.substr(this.at, expected.length);
    if (!expected.startsWith(come)) throw wrong(this.answered, come, expected);
    if (come.length >= response.interim.length)
      this.answered = Math.floor(this.answered) + 0.5;
    return come.length < expected.length ? undefined : expected.length;
  }

  /** The length of a replica's answer, whose head is not of our making alone. */
  private replica({ request }: Exchange, text: string): number | undefined {
    const end = text.indexOf("\r\n\r\n", this.at);
    if (end < 0) return undefined;
    const head = text.slice(this.at, end + 2);
    const content = `replica:${request.target}`;
    const body = request.method === "HEAD" ? "" : content;
    const sound =
      head.startsWith("HTTP/1.1 200 OK\r\n") &&
      head.includes("\r\nX-Sidestep: session=shop\r\n") &&
      head.includes(`\r\nContent-Length: ${content.length}\r\n`);
    const come = text.substr(end + 4, body.length);
    if (!sound || !body.startsWith(come))
      throw wrong(this.answered, head + come, `the replica's: ${content}`);
    return come.length < body.length
      ? undefined
      : head.length + 2 + body.length;
  }
}

const wrong = (answered: number, come: string, expected: string): Error =>
  new Error(
    `answer ${Math.floor(answered)} is ${JSON.stringify(come)} instead of ${JSON.stringify(expected)}`,
  );
