import { execFileSync } from "node:child_process";

/** Brings up the Engine and builds the images, where that is not done yet. */
export default function setup(): void {
  if (process.env["SIDESTEP_TEST_READY"]) return;
  execFileSync("bash", ["test/setup.sh", "engine", "images", "fixtures"], {
    stdio: "inherit",
  });
}
