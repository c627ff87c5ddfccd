// Installs a tool that the project does not depend on (an old Codex CLI, a peer, a test suite), once, into a cache of its own.
// As a program: `node scripts/install-tool.mjs <name>@<exact version>…` prints one folder a line; each holds a `node_modules`.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
/** The cache; TOOL_CACHE moves it, so that several checkouts can share one. */
const CACHE = process.env.TOOL_CACHE ? resolve(process.env.TOOL_CACHE) : join(root, ".cache/tools");
const SPEC = /^((?:@[\w.-]+\/)?[\w.-]+)@(\d+\.\d+\.\d+(?:-[\w.]+)?)$/;
const INSTALL_TIMEOUT_MS = 300_000;

/** Gives the folder of `name@version`, installing it where it is not there. Throws for a version that is not exact. */
export function installTool(spec) {
  const [, name, version] = SPEC.exec(spec) ?? [];
  if (name === undefined) throw new Error(`${spec}: give a name and an exact version, e.g. @openai/codex@0.150.0`);
  const folder = join(CACHE, `${name.replace("/", "__")}@${version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const draft = mkdtempSync(join(CACHE, ".draft-"));
  try {
    writeFileSync(join(draft, "package.json"), JSON.stringify({ private: true, dependencies: { [name]: version } }));
    const flags = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
    execFileSync("npm", ["install", ...flags], {
      cwd: draft,
      stdio: ["ignore", "ignore", "inherit"],
      timeout: INSTALL_TIMEOUT_MS,
    });
    // Whole or not at all; another process may have been faster.
    if (!existsSync(folder)) renameSync(draft, folder);
    return folder;
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const spec of process.argv.slice(2)) process.stdout.write(`${installTool(spec)}\n`);
}
