// Keeps Codex from trusting a project by itself: `exec` with a sandbox that may write enters it as trusted into the user's
// config.toml on 0.120 to 0.166, and then starts the MCP servers of the project's own `.codex/config.toml`, outside any sandbox
// (observed; on 0.160 and 0.166 in git repositories only). An entry given for the run is taken for the one that is there.
import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { readSmallTextIfAny } from "../../files/small-file.ts";

/** Trust that a run is given; undefined where the CLI writes no entry. */
export type TrustLevel = "trusted" | "untrusted" | undefined;

/**
 * The trust to give, by the options that `codex exec --help` names. From 0.142 on (`--ignore-user-config`) it is untrusted;
 * 0.120 overwrites that, so there it is trusted, as Codex itself would have it; with `--trust` (0.169) nothing is written.
 */
export function chooseTrustLevel(execHelp: string): TrustLevel {
  // Nothing is written before 0.120 (`--ephemeral`) either, nor is a project's own config read.
  if (/--trust\b/.test(execHelp) || !execHelp.includes("--ephemeral")) return undefined;
  return execHelp.includes("--ignore-user-config") ? "untrusted" : "trusted";
}

/** The directory under whose name Codex would enter the project: the root of its main work tree, else the directory itself. */
export function findTrustRoot(cwd: string): string {
  const start = readLink(cwd);
  for (let folder = start; ; folder = dirname(folder)) {
    const root = findMainRoot(folder);
    if (root !== undefined) return root;
    if (dirname(folder) === folder) return start;
  }
}

// `.git` of a linked work tree is a file that names a folder below the main one's `.git`.
function findMainRoot(folder: string): string | undefined {
  const git = join(folder, ".git");
  const stat = statSync(git, { throwIfNoEntry: false });
  if (stat === undefined) return undefined;
  if (stat.isDirectory()) return folder;
  const target = /^gitdir: (.+)$/m.exec(readSmallTextIfAny(git) ?? "")?.[1];
  const main = target === undefined ? undefined : /^(.*)\/\.git\/worktrees\/[^/]+$/.exec(resolve(folder, target))?.[1];
  return main ?? folder;
}

/** The real path of a directory and every folder above it, the nearest first. */
export function listAncestors(cwd: string): string[] {
  const found = [readLink(cwd)];
  for (;;) {
    const [last = "/"] = found.slice(-1);
    if (dirname(last) === last) return found;
    found.push(dirname(last));
  }
}

function readLink(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The project's own config files, which a Codex that trusts it applies: those of `root` first, the nearest to `cwd` last. */
export function listProjectConfigs(cwd: string, root: string): string[] {
  const found: string[] = [];
  for (let folder = readLink(cwd); ; folder = dirname(folder)) {
    const file = join(folder, ".codex/config.toml");
    if (existsSync(file)) found.unshift(file);
    if (folder === root || dirname(folder) === folder) return found;
  }
}

/** What a run without trust does without, in words: from 0.150 on (`--thread-source`) the project's AGENTS.md. */
export function describeMissingTrust(cwd: string, root: string, hasThreadSource: boolean): string | undefined {
  const hasInstructions = [cwd, root].some((folder) => existsSync(join(folder, "AGENTS.md")));
  if (!hasThreadSource || !hasInstructions) return undefined;
  return `AGENTS.md was not read: this Codex CLI reads it in trusted projects only, and ${root} has no entry in config.toml.`;
}
