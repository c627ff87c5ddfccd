// Whether a directory is the project that its git remote names. Whoever makes a folder writes its `.git/config`, so a name alone must not open the
// entries of a team to it: a directory that comes second, or that changes its name, is believed only once the user has said so.
import type { TeamProjectFiles } from "../../state/team-project-files.ts";
import { findSharedName } from "./shared-project.ts";

/** A directory's project in the memory of a team. */
export interface TeamProject {
  /** Its name there: that of its remote, or its path. */
  readonly shared: string;
  /** To be said with the first answer. */
  readonly once?: string | undefined;
  /** To be said with every answer. */
  readonly always?: string | undefined;
}

/** Chooses it, and notes the first directory that has a name: another one gets it only where the first certainly has another remote now. */
export function chooseTeamProject(
  directory: string,
  files: TeamProjectFiles,
  findName: (directory: string) => string | undefined = findSharedName,
): TeamProject {
  const name = findName(directory);
  if (name === undefined) return { shared: directory };
  try {
    const claim = files.find(directory);
    if (claim?.name === "") return { shared: directory };
    if (claim !== undefined && claim.isBegun !== true) {
      return claim.name === name ? { shared: name } : doubt(directory, name, `It was ${quote(claim.name)} before.`);
    }
    const first = findOther(directory, name, files, findName);
    if (first !== undefined) return doubt(directory, name, first);
    // Of two that begin at once each sees at least what the other has begun, so not both get it.
    files.write({ directory, name, isBegun: true });
    const second = findOther(directory, name, files, findName);
    if (second !== undefined) return doubt(directory, name, second);
    files.write({ directory, name });
  } catch {
    return doubt(directory, name, "Which directories are known to be it cannot be read or noted in the state folder.");
  }
  const said = `The team memory keeps what is stored here under ${quote(name)}, the git remote of this directory, and shows what the team has stored there.`;
  return { shared: name, once: `${said} If the directory is not that project: \`codex-bridge memory unshare\`.` };
}

/** What is said of another directory that has the name. One whose remote cannot be read, also since it is gone, may have it still. */
function findOther(
  directory: string,
  name: string,
  files: TeamProjectFiles,
  findName: (directory: string) => string | undefined,
): string | undefined {
  for (const other of files.list()) {
    if (other.name !== name || other.directory === directory) continue;
    const now = findName(other.directory);
    if (now === name) return `${quote(other.directory)} is that project too.`;
    if (now === undefined)
      return `${quote(other.directory)} was that project before, and has no remote that can be read now.`;
  }
  return undefined;
}

function doubt(directory: string, name: string, why: string): TeamProject {
  const said = `The git remote of this directory says that it is the team's project ${quote(name)}, which any folder can say. ${why}`;
  const step = `If it is, the user runs \`codex-bridge memory share\` in it and begins a new session; \`codex-bridge memory unshare\` ends this message.`;
  return { shared: directory, always: `${said} Until then its entries are kept by its path. ${step}` };
}

// A folder's author has chosen them.
function quote(text: string): string {
  return JSON.stringify(text.slice(0, 200));
}
