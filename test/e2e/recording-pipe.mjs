// Stands between Claude Code and the bridge, passes bytes and signals through, and writes down each line with its time.
// Usage: node recording-pipe.mjs LOGFILE -- command args…
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";

const [log, , command, ...args] = process.argv.slice(2);
const child = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });

function record(direction) {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk.toString("utf8")).split("\n");
    rest = lines.pop();
    const time = Date.now();
    for (const line of lines) appendFileSync(log, `${JSON.stringify({ time, direction, line })}\n`);
  };
}

const recordIn = record("in");
const recordOut = record("out");
process.stdin.on("data", (chunk) => {
  recordIn(chunk);
  child.stdin.write(chunk);
});
process.stdin.on("end", () => child.stdin.end());
child.stdin.on("error", () => {});
process.stdout.on("error", () => {});
child.stdout.on("data", (chunk) => {
  recordOut(chunk);
  process.stdout.write(chunk);
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code) => process.exit(code ?? 1));
