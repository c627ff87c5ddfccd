// The executable: checks Node before anything modern is loaded. The only place that ends the process.
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`codex-bridge needs Node 20.19 or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}
const { main } = await import("./cli/main.ts");
process.exit(await main(process.argv.slice(2)));

export {};
