#!/usr/bin/env node
// CommonJS, as package.json beside it says: Node starts it sooner than a module.
const { existsSync } = require("node:fs");
const { join } = require("node:path");

const main = join(__dirname, "../dist/cli/main.cjs");
if (existsSync(main)) {
  void require("./load.js").load(main).exports.main();
} else {
  process.stderr.write(
    "error: sidestep is not built yet\nrun npm run build in its folder\n",
  );
  process.exitCode = 1;
}
