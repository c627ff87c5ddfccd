// Runs the end-to-end tests: installs the real Claude Code into test/e2e and the real Gemini CLI into test/gemini where they are missing, then vitest with the words it was given.
import { spawnSync } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const folders = ["test/e2e", "test/gemini"].map((name) => join(root, name));

function run(command, args, cwd) {
  const { status } = spawnSync(command, args, { cwd, stdio: "inherit" });
  if (status !== 0) process.exit(status ?? 1);
}

for (const folder of folders) {
  const installed = join(folder, "node_modules/.package-lock.json");
  const isFresh =
    existsSync(installed) && statSync(installed).mtimeMs >= statSync(join(folder, "package-lock.json")).mtimeMs;
  if (!isFresh) run("npm", ["ci"], folder);
}
const vitest = join(root, "node_modules/vitest/vitest.mjs");
run(process.execPath, [vitest, "run", "--config", "test/e2e/vitest.config.ts", ...process.argv.slice(2)], root);
