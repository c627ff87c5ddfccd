// The executable: checks Node before anything modern is loaded. The only place that ends the process.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`codex-bridge needs Node 20.19 or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}
// As z.config({ jitless: true }), but before zod is loaded: compiling a parser for each schema of the SDK costs more than a start uses.
Object.assign(globalThis, { __zod_globalConfig: { jitless: true } });
const [command, event, ...others] = process.argv.slice(2);
// Claude Code starts a hook at every prompt and waits for it.
const isHook = command === "hook" && event !== undefined && !event.startsWith("-") && others.length === 0;
const ended = isHook
  ? import("./cli/hook.ts").then(({ runHook }) => runHook(event))
  : import("./cli/main.ts").then(({ main }) => main(process.argv.slice(2)));
void ended.then((code) => process.exit(code));
