import { connectEngine } from "../../docker/engine/dockerode.js";
import { guard } from "./guard.js";

/** The guard: its own process, started by the sidecar, ends when all is back. */
const sidecar = process.env["SIDESTEP_GUARDED"];
const volume = process.env["SIDESTEP_VOLUME"];
if (!sidecar || !volume) {
  throw new Error("SIDESTEP_GUARDED and SIDESTEP_VOLUME must be set");
}
// The sidecar and the Engine end the guard; nobody else has reason to.
process.on("SIGTERM", () => process.exit(0));
const engine = await connectEngine();
await guard(engine, { sidecar, volume }, (line) => console.log(line));
process.exit(0);
