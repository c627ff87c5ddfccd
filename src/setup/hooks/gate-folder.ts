// Where the review gate looks for changes.
import { findProjectKey, findProjectRoot } from "../../clients/claude-code/config-files.ts";
import { findRealPath } from "../../files/real-path.ts";

/**
 * The project's folder, or the other work tree of its repository in which Claude stands when it stops. `cwd` follows every `cd` of the model
 * (docs/claude-code.md#hooks), so any other folder is none of the project's: a repository that says it belongs is believed only if the
 * project's own `.git` names it.
 */
export function findGateFolder(project: string, cwd: string | undefined): string {
  const [own, there] = [project, cwd ?? project].map((folder) => findRealPath(folder));
  if (own === undefined || there === undefined) return project;
  const root = findProjectRoot(there);
  const isOther = root !== findProjectRoot(own) && findProjectKey(there) === findProjectKey(own);
  return isOther ? root : project;
}
