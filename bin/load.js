// Loads the bundled command with what V8 compiled when it was built. Without
// that, or where another Node made it, it is compiled anew, which takes longer.
const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");
const { dirname } = require("node:path");
const { Script } = require("node:vm");

/** Where the compiled code of a bundle is. */
const codeOf = (path) => `${path}.code`;

/** The bundle's exports, and its script. */
function load(path) {
  // The bundle is ASCII (esbuild escapes the rest), and so read the faster.
  const source = readFileSync(path, "latin1");
  const head = "(function (exports, require, module, __filename, __dirname) {";
  const script = new Script(`${head}${source}\n})`, {
    filename: path,
    cachedData: read(codeOf(path)),
  });
  const module = { exports: {} };
  script.runInThisContext()(
    module.exports,
    createRequire(path),
    module,
    path,
    dirname(path),
  );
  return { exports: module.exports, script };
}

function read(path) {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

module.exports = { codeOf, load };
