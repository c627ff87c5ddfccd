// Finds the git repository of a directory by its files. git is not asked: it would read the project's configuration.
import { statSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { readSmallTextIfAny } from "../../files/small-file.ts";
import { readExtension } from "./repository-format.ts";

/** A repository with a working tree. */
export interface Repository {
  /** Top folder of the working tree. */
  readonly top: string;
  /** Its git folder: that of a linked working tree or submodule where it is one. */
  readonly gitDir: string;
  /** The git folder that holds the objects. */
  readonly commonDir: string;
  readonly objectFormat: "sha1" | "sha256";
}

/** The repository whose working tree contains a directory (a real path); undefined if there is none. */
export function findRepository(directory: string): Repository | undefined {
  for (let top = directory; ; top = dirname(top)) {
    const repository = readRepository(top);
    if (repository !== undefined || dirname(top) === top) return repository;
  }
}

/** The same. A repository of the home folder counts only there: it is for settings, and its untracked files are everything that the user has. */
export function findOwnRepository(directory: string, home: string | undefined): Repository | undefined {
  const found = findRepository(directory);
  return found !== undefined && found.top !== directory && found.top === home ? undefined : found;
}

/** The repository with this top folder (a real path); undefined if it is none. */
export function readRepository(top: string): Repository | undefined {
  const gitDir = findGitDir(top);
  return gitDir === undefined ? undefined : toRepository(top, gitDir);
}

function findGitDir(top: string): string | undefined {
  const path = join(top, ".git");
  const kind = readKind(path);
  if (kind === "folder") return readKind(join(path, "HEAD")) === undefined ? undefined : path;
  if (kind !== "file") return undefined;
  // A linked working tree, or a submodule.
  const target = /^gitdir: (.+)$/m.exec(readSmallTextIfAny(path) ?? "")?.[1];
  if (target === undefined) return undefined;
  const gitDir = resolve(top, target);
  return readKind(join(gitDir, "HEAD")) === undefined ? undefined : gitDir;
}

function toRepository(top: string, gitDir: string): Repository {
  const common = readSmallTextIfAny(join(gitDir, "commondir"))?.trim();
  const commonDir = common === undefined ? gitDir : isAbsolute(common) ? common : resolve(gitDir, common);
  const config = readSmallTextIfAny(join(commonDir, "config")) ?? "";
  return {
    top,
    gitDir,
    commonDir,
    objectFormat: readExtension(config, "objectformat") === "sha256" ? "sha256" : "sha1",
  };
}

// What cannot be looked at is no repository to us: its directory is then compared by sizes and times.
function readKind(path: string): "file" | "folder" | undefined {
  try {
    return statSync(path).isDirectory() ? "folder" : "file";
  } catch {
    return undefined;
  }
}
