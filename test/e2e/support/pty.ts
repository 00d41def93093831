import { readFileSync } from "node:fs";
import { spawn, type IPty } from "node-pty";
import { until } from "./poll.js";

/** A command on a real PTY: what a person at a terminal sees and does. */
export class Console {
  /** Everything that was printed. */
  output = "";
  code: number | undefined;
  private from = 0;
  private readonly pty: IPty;

  constructor(
    command: string,
    args: string[],
    env: Record<string, string> = {},
    size = { cols: 100, rows: 30 },
  ) {
    this.pty = spawn(command, args, {
      ...size,
      name: "xterm-256color",
      env: { ...(process.env as Record<string, string>), ...env },
    });
    this.pty.onData((data) => {
      this.output += data;
    });
    this.pty.onExit(({ exitCode, signal }) => {
      this.code = signal ? 128 + signal : exitCode;
    });
  }

  /** Waits for text that was not waited for before; all up to its end. */
  async sees(text: string | RegExp, seconds = 20): Promise<string> {
    const found = await until(
      `the terminal shows ${String(text)}; it shows: ${this.output.slice(-2000)}`,
      () => {
        const rest = this.output.slice(this.from);
        const at =
          typeof text === "string" ? rest.indexOf(text) : rest.search(text);
        if (at < 0) return undefined;
        const length =
          typeof text === "string"
            ? text.length
            : (text.exec(rest)?.[0].length ?? 0);
        return { passage: rest.slice(0, at + length), end: at + length };
      },
      seconds,
    ).catch((error: Error) => {
      throw new Error(`${error.message}\n${this.output.slice(-3000)}`);
    });
    this.from += found.end;
    return found.passage;
  }

  type(text: string | Buffer): void {
    this.pty.write(text);
  }

  /** Types a line and Enter. */
  enter(line: string): void {
    this.pty.write(`${line}\r`);
  }

  resize(cols: number, rows: number): void {
    this.pty.resize(cols, rows);
  }

  kill(signal: string): void {
    if (this.code === undefined) this.pty.kill(signal);
  }

  /** The process that the command, a shell, waits for. */
  async child(): Promise<number> {
    const path = `/proc/${this.pty.pid}/task/${this.pty.pid}/children`;
    return until("it has a child", () => {
      return Number(readFileSync(path, "utf8").trim().split(" ")[0]);
    });
  }

  /** Waits for the command's end; its exit code. */
  async ends(seconds = 20): Promise<number> {
    await until(
      `the command ends; it shows: ${this.output.slice(-1000)}`,
      () => this.code !== undefined,
      seconds,
    );
    return this.code ?? -1;
  }
}
