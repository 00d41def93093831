/**
 * `npm run demo`: makes the machine ready, then does what the README shows.
 * Plain JavaScript without packages, because it is what installs them.
 */
import { spawn } from "node:child_process";
import { constants } from "node:os";
import { fileURLToPath } from "node:url";
import { takenPort } from "./ports.js";

const NODE_NEEDED = [20, 19];

process.chdir(fileURLToPath(new URL("../..", import.meta.url)));

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (
  major < NODE_NEEDED[0] ||
  (major === NODE_NEEDED[0] && minor < NODE_NEEDED[1])
) {
  end(
    `demo: Node ${NODE_NEEDED.join(".")} or newer is needed; this is ${process.versions.node}.`,
  );
}
// Before the long part, not after it.
const taken = await takenPort();
if (taken) end(`demo: ${taken}`);

await run("bash", ["test/setup.sh", "packages", "engine", "images"]);
await run(process.execPath, ["--import", "tsx", "test/demo/play.ts"]);

/** Runs a step on our own terminal; ends as it ends, unless it went well. */
async function run(command, args) {
  const child = spawn(command, args, { stdio: "inherit" });
  let asked;
  // Of a terminal the child has the signal too; from elsewhere only we have it.
  const pass = (signal) => {
    asked ??= signal;
    child.kill(signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
  for (const signal of signals) process.on(signal, pass);
  const { code, signal, error } = await new Promise((resolve) => {
    child.on("error", (error) => resolve({ error }));
    child.on("exit", (code, signal) => resolve({ code, signal }));
  });
  for (const each of signals) process.off(each, pass);
  if (error) end(`demo: ${command} cannot be run: ${error.message}`);
  if (asked || signal) process.exit(128 + constants.signals[asked ?? signal]);
  if (code !== 0) process.exit(code);
}

function end(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}
