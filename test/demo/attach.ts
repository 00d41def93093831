import { createInterface } from "node:readline/promises";
import { Console } from "../e2e/support/pty.js";
import { rendered } from "../support/rendered.js";
import { ENV, run, say, typed } from "./shell.js";
import { Unmet } from "./unmet.js";

const SIZE = { cols: 100, rows: 40 };

/** Gives the user's terminal to the paused request, and says what to type there. */
export async function attachByHand(command: string): Promise<void> {
  say("\nThe request is paused. Next you get a terminal to it; there, type");
  say("  p order.total      (or any other Python)");
  say("  c                  to let the request go on");
  const input = createInterface(process.stdin, process.stdout);
  // ^D is as good as Enter; ^C is a signal to the whole demo.
  input.on("SIGINT", () => process.kill(process.pid, "SIGINT"));
  await Promise.race([
    input.question("Press Enter to attach. "),
    new Promise((resolve) => input.on("close", resolve)),
  ]);
  input.close();
  typed(command);
  await run(command);
}

/** Does at a real PTY what a user does, and shows the screen that came of it. */
export async function attachByItself(
  command: string,
  total: string,
): Promise<void> {
  typed(command);
  const pty = new Console("sh", ["-c", `exec ${command}`], ENV, SIZE);
  try {
    await pty.sees("(Pdb) ");
    pty.enter("p order.total");
    const shown = await pty.sees(/Decimal\('[^']*'\)/);
    if (!shown.endsWith(`Decimal('${total}')`)) {
      throw new Unmet(`Decimal('${total}')`, shown);
    }
    await pty.sees("(Pdb) ");
    pty.enter("c");
    const code = await pty.ends();
    if (code !== 0) throw new Unmet("attach to end well", `exit code ${code}`);
  } finally {
    pty.kill("SIGHUP");
    say(await rendered(pty.output, SIZE));
  }
}
