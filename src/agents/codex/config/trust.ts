// Finds the folders whose entries decide whether Codex trusts a project. Some versions add a project as trusted to the user's config.toml, and
// then start the MCP servers of the project's own config outside any sandbox. An entry for the run prevents both (docs/codex-cli.md#trust).
import { existsSync, lstatSync } from "node:fs";
import { dirname, join } from "node:path";
import { findRealPath } from "../../../files/real-path.ts";
import { findMainRoot } from "../../../files/work-tree.ts";

/** Trust level to give to a run; undefined if this CLI never writes an entry. */
export type TrustLevel = "trusted" | "untrusted" | undefined;

/**
 * Chooses the trust level by the options in `codex exec --help`. From 0.142 on (`--ignore-user-config`) it is untrusted. 0.120 overwrites
 * `untrusted`, so it gets `trusted`, which it would set itself. With `--trust` (0.169) Codex writes nothing.
 */
export function chooseTrustLevel(execHelp: string): TrustLevel {
  // Before 0.120 (`--ephemeral`) Codex writes nothing either, and reads no project config.
  if (/--trust\b/.test(execHelp) || !execHelp.includes("--ephemeral")) return undefined;
  return execHelp.includes("--ignore-user-config") ? "untrusted" : "trusted";
}

/** The folders that decide whether a directory is trusted. All are real paths. */
export interface TrustFolders {
  /** The directory and the folders above it, up to the outermost folder that can be the project's root. The nearest first. */
  readonly folders: readonly string[];
  /** Root of the work tree: the folder of the nearest `.git`, or the directory itself if there is none. */
  readonly top: string;
  /** The folder whose trust applies to the work tree: the main work tree's root if this is a proven linked one, otherwise `top`. */
  readonly root: string;
  /** Whether `.git` is a file or link that may be forged. With 0.120 and 0.142 a forged one gets the trust of the repository that it names. */
  readonly isUnproved: boolean;
}

/** Finds the folders. `markers` are the names besides `.git` that mark a project's root (Codex's `project_root_markers`). */
export function findTrustFolders(cwd: string, markers: readonly string[] = []): TrustFolders {
  const all = listAncestors(cwd);
  const [start = cwd] = all;
  const top = all.find((folder) => isThere(join(folder, ".git")));
  const outermost = all.findLast((folder) => [".git", ...markers].some((name) => isThere(join(folder, name))));
  const folders = all.slice(0, all.indexOf(outermost ?? start) + 1);
  if (top === undefined) return { folders, top: start, root: start, isUnproved: false };
  const main = findMainRoot(top);
  const isUnproved = main === undefined && lstatSync(join(top, ".git")).isDirectory() === false;
  return { folders, top, root: main ?? top, isUnproved };
}

// A dead link counts as existing, since Codex may see it as something.
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** The real path of a directory and every folder above it, the nearest first. */
export function listAncestors(cwd: string): string[] {
  const found = [findRealPath(cwd) ?? cwd];
  for (;;) {
    const [last = "/"] = found.slice(-1);
    if (dirname(last) === last) return found;
    found.push(dirname(last));
  }
}

/** A warning about what a run without trust lacks: from 0.150 on (`--thread-source`) the project's AGENTS.md. undefined if nothing. */
export function describeMissingTrust(
  { folders, root }: TrustFolders,
  { hasThreadSource }: { readonly hasThreadSource: boolean },
): string | undefined {
  const hasInstructions = [...folders, root].some((folder) => existsSync(join(folder, "AGENTS.md")));
  if (!hasThreadSource || !hasInstructions) return undefined;
  return `AGENTS.md was not read. This Codex CLI reads it in trusted projects only, and ${root} has no entry in config.toml.`;
}
