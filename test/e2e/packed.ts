// The packed file, and a person's folder to install it in: a home, a prefix for `npm install -g`, Claude Code on the PATH.
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { findOnPath } from "../../src/files/find-on-path.ts";
import type { Lab } from "../support/lab.ts";
import { findClaude } from "./claude.ts";

const ROOT = join(import.meta.dirname, "../..");

export interface Packed {
  /** Folder with the packed file alone. */
  readonly folder: string;
  /** What npm needs to install it without the network: the registry's name, and a cache that holds what it depends on. */
  readonly npm: Readonly<Record<string, string>>;
  remove(): void;
}

/** Packs the project as it is built, has the file linted, and installs it once with the network. */
export function pack(): Packed {
  const root = mkdtempSync("/var/tmp/codex-bridge-packed-");
  const [folder, cache] = [join(root, "packed"), join(root, "npm-cache")];
  mkdirSync(folder);
  execFileSync("npm", ["pack", ROOT, "--ignore-scripts", "--loglevel=error"], { cwd: folder, stdio: "pipe" });
  const [file = ""] = readdirSync(folder);
  const publint = join(ROOT, "node_modules/publint/src/cli.js");
  execFileSync(process.execPath, [publint, "run", file, "--strict"], { cwd: folder, stdio: "pipe" });
  const install = ["install", "--global", "--prefix", join(root, "once"), "--cache", cache, join(folder, file)];
  execFileSync("npm", install, { cwd: root, stdio: "pipe" });
  const registry = execFileSync("npm", ["config", "get", "registry"], { cwd: root, encoding: "utf8" }).trim();
  return {
    folder,
    npm: { npm_config_cache: cache, npm_config_registry: registry, npm_config_offline: "true" },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

export interface Person {
  readonly home: string;
  readonly env: Record<string, string>;
  /** The installed package. */
  readonly installed: string;
  /** Runs a line of a shell where the packed file lies; gives what it printed. */
  run(line: string): string;
}

/** A person who has Node, npm, Claude Code and Codex; `node` is the folder of another Node than this one. npm stays off the network. */
export function createPerson({ folder, npm: settings }: Packed, lab: Lab, node = dirname(process.execPath)): Person {
  const [home, programs, prefix] = [join(lab.root, "person"), join(lab.root, "programs"), join(lab.root, "prefix")];
  for (const made of [home, programs]) mkdirSync(made);
  symlinkSync(findClaude(), join(programs, "claude"));
  const npm = dirname(findOnPath("npm", process.env["PATH"] ?? "") ?? "");
  const env = {
    ...lab.env,
    HOME: home,
    PATH: [join(prefix, "bin"), programs, node, npm, "/usr/bin", "/bin"].join(delimiter),
    CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
    ...settings,
    npm_config_prefix: prefix,
  };
  return {
    home,
    env,
    installed: join(prefix, "lib/node_modules/codex-bridge"),
    run: (line) => execFileSync("/bin/sh", ["-ec", line], { cwd: folder, env, encoding: "utf8", stdio: "pipe" }),
  };
}

/** Bytes of all files below a folder. */
export function sizeOf(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}

/** The lines of the first block of shell commands below a heading of a document. */
export function readCommands(document: string, heading: string): string[] {
  const [, below = ""] = readFileSync(join(ROOT, document), "utf8").split(`\n${heading}\n`);
  const [, block = ""] = /```sh\n([\s\S]*?)```/.exec(below) ?? [];
  return block.trim().split("\n");
}
