#!/usr/bin/env node
import { existsSync } from "node:fs";

const main = new URL("../dist/cli/main.js", import.meta.url);
if (existsSync(main)) {
  await (await import(main.href)).main();
} else {
  process.stderr.write(
    "error: sidestep is not built yet\nrun npm run build in its folder\n",
  );
  process.exitCode = 1;
}
