// `codex-bridge memory share` and `unshare`: whether a directory is the team's project that its git remote names.
import { findProject } from "../delegation/memory/find-project.ts";
import { findSharedName } from "../delegation/memory/shared-project.ts";
import { BridgeError } from "../domain/errors.ts";
import { toPrintableLine } from "../domain/printable.ts";
import type { Print } from "../domain/printed-line.ts";
import { createTeamProjectFiles } from "../state/team-project-files.ts";

/** Notes the user's word for the project of a directory; resolves with the exit code. Throws INVALID_ARGUMENT. */
export function shareProject(
  cwd: string,
  stateDir: string,
  { isShared, print }: { readonly isShared: boolean; readonly print: Print },
): number {
  const directory = findProject(cwd);
  const name = isShared ? findSharedName(directory) : "";
  if (name === undefined) {
    throw new BridgeError(
      "INVALID_ARGUMENT",
      `${toPrintableLine(directory)} has no git remote \`origin\` on a server.`,
      {
        nextStep:
          "Give it one (`git remote add origin …`, or `set-url`): its address is the name of the project in the team.",
      },
    );
  }
  createTeamProjectFiles(stateDir).write({ directory, name });
  const shown = toPrintableLine(directory);
  print(
    isShared
      ? `${shown} is ${toPrintableLine(name)} in the team memory, from the next session on.`
      : `${shown} has no project of the team from the next session on: its entries go by its path.`,
  );
  return 0;
}
