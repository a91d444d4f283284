// Parses AsyncAPI documents with the project's own parser and prints the diagnostics as JSON, one object a line.
// Usage: node validate.mjs FOLDER_WITH_NODE_MODULES DOCUMENT...
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const ERROR = 0; // severity as the parser numbers it: error, warning, information, hint

const [folder, ...documents] = process.argv.slice(2);
const { Parser } = createRequire(join(resolve(folder), "package.json"))("@asyncapi/parser");

for (const name of documents) {
  const { document, diagnostics } = await new Parser().parse(await readFile(name, "utf8"), { source: resolve(name) });
  for (const { severity, code, message, path } of diagnostics) {
    console.log(JSON.stringify({ document: name, severity, code, message, at: path.join("/") }));
  }
  if (document === undefined && !diagnostics.some(({ severity }) => severity === ERROR)) {
    throw new Error(`${name}: not parsed, and no error said why`);
  }
}
