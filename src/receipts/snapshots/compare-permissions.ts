// Changes of permissions that git does not see: it knows only whether a file may be run.
import { type BytePath, splitRecords } from "./byte-path.ts";
import type { ComparedFile, StoredState } from "./compare-git.ts";
import { canRun, type FilePermissions, findPermissions } from "./file-permissions.ts";
import type { RunGit } from "./git-program.ts";
import type { GitSnapshot } from "./git-snapshot.ts";

/** A changed file with the permissions that it had and has. */
export function addPermissions(file: ComparedFile, before: FilePermissions, after: FilePermissions): ComparedFile {
  return {
    ...file,
    before: toState(file.before, before, file.from ?? file.path),
    after: toState(file.after, after, file.path),
  };
}

function toState(
  state: StoredState | undefined,
  permissions: FilePermissions,
  path: BytePath,
): StoredState | undefined {
  return state && { ...state, permissions: findPermissions(permissions, path, state.mode) };
}

/** Paths for one call of git. */
const BATCH = 200;

/** Files of which only the permissions changed, but for those in `known`. Throws GitError. */
export async function comparePermissions(
  git: RunGit,
  { permissions: before }: GitSnapshot,
  { permissions: after, tree }: GitSnapshot,
  known: ReadonlySet<BytePath>,
): Promise<ComparedFile[]> {
  if (before.others === after.others) return [];
  const paths = [...new Set([...before.others.keys(), ...after.others.keys()])];
  // As long as git sees no change, the file may be run before and after, or neither.
  const changed = paths.filter((path) => {
    const one = before.others.get(path) ?? after.others.get(path) ?? "";
    const find = ({ usual, others }: FilePermissions) => others.get(path) ?? usual[canRun(one) ? 1 : 0];
    return !known.has(path) && find(before) !== find(after);
  });
  const files: ComparedFile[] = [];
  for (let at = 0; at < changed.length; at += BATCH) {
    const found = splitRecords(
      await git(["ls-tree", "-z", tree, "--", ...changed.slice(at, at + BATCH).map(toArgument)]),
    );
    files.push(...found.flatMap((record) => toFile(record, before, after)));
  }
  return files;
}

// A character is a byte of a name; as an argument the name has to be text.
const toArgument = (path: BytePath): string => Buffer.from(path, "latin1").toString();

// `MODE blob OID`, a tab, the path.
function toFile(record: string, before: FilePermissions, after: FilePermissions): ComparedFile[] {
  const tab = record.indexOf("\t");
  const [mode = "", type, oid = ""] = record.slice(0, tab).split(" ");
  const path = record.slice(tab + 1);
  if (type !== "blob") return [];
  const state = { mode, oid };
  return [addPermissions({ path, kind: "update", before: state, after: state, added: 0, deleted: 0 }, before, after)];
}
