// Bundles the command line into one file of CommonJS: Node finds, reads and
// links a hundred small modules more slowly than it skips over what is not
// called in one. A command's module is evaluated when the command is called.
// Packages stay outside but commander: the others are slow themselves, and only
// loaded where they are needed.
import { spawnSync } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import { build } from "esbuild";

const { dependencies } = JSON.parse(await readFile("package.json", "utf8"));

/** Commander loads it at once (8 ms), for commands that are programs of their own: there are none. */
const withoutChildProcess = {
  name: "without-child-process",
  setup(build) {
    build.onResolve({ filter: /^node:child_process$/ }, ({ importer, path }) =>
      importer.includes("/commander/")
        ? { path, namespace: "nothing" }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: "nothing" }, () => ({
      contents: "module.exports = {}",
    }));
  },
};

await rm("dist/cli", { recursive: true, force: true });
await build({
  entryPoints: ["cli/main.ts"],
  outfile: "dist/cli/main.cjs",
  bundle: true,
  format: "cjs",
  platform: "node",
  target: "node20",
  external: Object.keys(dependencies).filter((name) => name !== "commander"),
  define: { "import.meta.url": "importMetaUrl" },
  banner: {
    js: 'const importMetaUrl = require("node:url").pathToFileURL(__filename).href;',
  },
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: "none",
  logLevel: "warning",
  // Node's `import` of them would need a loader in the script.
  supported: { "dynamic-import": false },
  plugins: [withoutChildProcess],
});

const compiled = spawnSync(process.execPath, ["cli/compile.js"]);
if (compiled.status !== 0) throw new Error(String(compiled.stderr));
