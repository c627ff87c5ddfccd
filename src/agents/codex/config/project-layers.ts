// Sorts the `.codex` folders of a project into approved and foreign ones. Codex trusts a folder by its own entry in config.toml, or else by the
// root's entry. So a `.codex` that a turn writes into a subfolder would later run programs outside the sandbox: only the root's own
// `.codex` is protected (docs/codex-cli.md#project-layers).
import { existsSync, lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { readStamp } from "../../../files/file-stamp.ts";
import { findRealPath } from "../../../files/real-path.ts";
import { readSmallText } from "../../../files/small-file.ts";
import { findTrustFolders, type TrustFolders } from "./trust.ts";

/** The user's entries for projects in config.toml. */
export interface ProjectEntries {
  /** Directories that have an entry with a trust level. */
  readonly projects: readonly string[];
  /** Directories that are trusted. */
  readonly trustedProjects: readonly string[];
}

/** The folders of a project that have a `.codex` of their own. */
export interface ProjectLayers {
  /** Folders whose `.codex` the user has approved: by an entry of their own, or as the root of a linked work tree of a trusted repository. */
  readonly approved: readonly string[];
  /** Folders without an entry whose `.codex` nobody has approved. */
  readonly foreign: readonly string[];
}

/** Sorts the folders of a project by whether the user approved their `.codex`. An empty `.codex` and Codex's home do not count. */
export function sortLayers(trustFolders: TrustFolders, entries: ProjectEntries, codexHome?: string): ProjectLayers {
  const home = codexHome === undefined ? undefined : findRealPath(codexHome);
  const layers = trustFolders.folders.filter((folder) => {
    const path = join(folder, ".codex");
    return holdsAnything(path) && (home === undefined || findRealPath(path) !== home);
  });
  const isApproved = (folder: string): boolean =>
    entries.trustedProjects.includes(folder) ||
    (folder === trustFolders.top && !entries.projects.includes(folder) && isApprovedTop(trustFolders, entries));
  return {
    approved: layers.filter(isApproved),
    foreign: layers.filter((folder) => !entries.projects.includes(folder) && !isApproved(folder)),
  };
}

// A linked work tree outside the main work tree is as safe as the main one. A turn in the main work tree can write a linked one inside it, so
// that one's `.codex` counts as approved only if it is a copy of the main one's.
function isApprovedTop({ top, root }: TrustFolders, { trustedProjects }: ProjectEntries): boolean {
  if (top === root || !trustedProjects.includes(root)) return false;
  return !top.startsWith(`${root}/`) || isCopy(join(top, ".codex"), join(root, ".codex"));
}

function holdsAnything(path: string): boolean {
  try {
    return readdirSync(path).length > 0;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    return code !== "ENOENT" && code !== "ENOTDIR";
  }
}

const MOST_FILES = 200;

// Whether `original` contains every file of `copy`, with the same contents. A link does not count as a copy.
function isCopy(copy: string, original: string, left = { files: MOST_FILES }): boolean {
  try {
    return readdirSync(copy, { withFileTypes: true }).every((entry) => {
      const [ours, theirs] = [join(copy, entry.name), join(original, entry.name)];
      left.files -= 1;
      if (left.files < 0) return false;
      if (entry.isDirectory()) return lstatSync(theirs).isDirectory() && isCopy(ours, theirs, left);
      return entry.isFile() && lstatSync(theirs).isFile() && readSmallText(ours) === readSmallText(theirs);
    });
  } catch {
    return false;
  }
}

/** The approved config files of a project, the root's first, the nearest last. Codex applies them if it trusts the project. */
export function listApprovedConfigs({ approved }: ProjectLayers): string[] {
  return approved
    .map((folder) => join(folder, ".codex/config.toml"))
    .filter((path) => existsSync(path))
    .reverse();
}

/** What shows that a config file of a project was added, changed or removed, whether it is approved or not. */
export function readConfigStamp({ folders }: Pick<TrustFolders, "folders">): string {
  return folders.map((folder) => readStamp(join(folder, ".codex/config.toml"))).join("+");
}

/** The approved config files that apply in a directory. `trustedProjects` are the projects that the user trusts. */
export function findApprovedConfigs(cwd: string, trustedProjects: readonly string[]): string[] {
  if (trustedProjects.length === 0) return [];
  return listApprovedConfigs(sortLayers(findTrustFolders(cwd), { projects: trustedProjects, trustedProjects }));
}
