// Verdicts of @apidevtools/swagger-parser on one file after the other: node swagger_parser.mjs FOLDER-WITH-node_modules,
// paths on standard input, one line of JSON each on standard output. Nothing is fetched.
import { createInterface } from "node:readline";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(process.argv[2] + "/package.json"));
const found = await import(pathToFileURL(require.resolve("@apidevtools/swagger-parser")));
const SwaggerParser = found.default ?? found.SwaggerParser;

for await (const path of createInterface({ input: process.stdin })) {
  let verdict;
  try {
    await SwaggerParser.validate(path, { resolve: { http: false } });
    verdict = { valid: true };
  } catch (error) {
    const text = String(error.message ?? error).slice(0, 300);
    const external = /https?:\/\//.test(text) && /resolv|read|Unable/.test(text);
    verdict = { valid: external ? null : false, kind: external ? "external" : error.name, text };
  }
  console.log(JSON.stringify(verdict));
}
