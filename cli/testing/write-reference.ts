// npm run docs:cli
import { writeFile } from "node:fs/promises";
import { reference } from "./reference.js";

await writeFile("docs/cli.md", await reference());
