// Which paths are those of a repository itself.
/** Whether a path leads to git's own files. A file system that ignores case takes other spellings of `.git` for it. */
export function isGitName(path: string): boolean {
  return path.split("/").some((name) => name.toLowerCase() === ".git");
}
