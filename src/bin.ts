// The executable: checks Node before anything modern is loaded. The only place that ends the process.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`codex-bridge needs Node 20.19 or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}
// As z.config({ jitless: true }), but before zod is loaded: compiling a parser for each schema of the SDK costs more than a start uses.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
void import("./cli/main.ts").then(async ({ main }) => process.exit(await main(process.argv.slice(2))));
