// Where Codex looks for trust in a project. `exec` with a sandbox that may write enters a project as trusted into the user's
// config.toml on 0.120 to 0.166, and then starts the MCP servers of the project's own `.codex/config.toml`, outside any sandbox
// (observed; on 0.160 and 0.166 in git repositories only). An entry given for the run is taken for the one that is there.
import { existsSync, lstatSync, realpathSync } from "node:fs";
import { dirname, join } from "node:path";
import { findMainRoot } from "../../../files/work-tree.ts";

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

/** The places that decide about trust in a directory. All are real paths. */
export interface TrustPlaces {
  /** The directory and the folders above it, up to the outermost that could be the project's root; the nearest first. */
  readonly folders: readonly string[];
  /** Root of the work tree: the folder of the nearest `.git`; the directory itself where there is none. */
  readonly top: string;
  /** Under whose name the user trusts the work tree: the main one's root for a linked work tree that is proved to be one, else `top`. */
  readonly root: string;
  /** Whether `.git` is a file or a link that proves nothing: on 0.120 and 0.142 one that names a trusted repository lends its trust. */
  readonly isUnproved: boolean;
}

/** Finds them. `markers` are the names that mark a project's root besides `.git` (Codex's `project_root_markers`). */
export function findTrustPlaces(cwd: string, markers: readonly string[] = []): TrustPlaces {
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

// A dead link counts: Codex may make more of it than we can.
function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** The real path of a directory and every folder above it, the nearest first. */
export function listAncestors(cwd: string): string[] {
  const found = [toRealPath(cwd)];
  for (;;) {
    const [last = "/"] = found.slice(-1);
    if (dirname(last) === last) return found;
    found.push(dirname(last));
  }
}

function toRealPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** What a run without trust does without, in words: from 0.150 on (`--thread-source`) the project's AGENTS.md. */
export function describeMissingTrust(
  { folders, root }: TrustPlaces,
  { hasThreadSource }: { readonly hasThreadSource: boolean },
): string | undefined {
  const hasInstructions = [...folders, root].some((folder) => existsSync(join(folder, "AGENTS.md")));
  if (!hasThreadSource || !hasInstructions) return undefined;
  return `AGENTS.md was not read: this Codex CLI reads it in trusted projects only, and ${root} has no entry in config.toml.`;
}
