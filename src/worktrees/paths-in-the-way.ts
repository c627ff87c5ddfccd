// Files that a commit would remove without being asked: git holds either a file or a folder of one name.
import { listFolders } from "../receipts/restore-plan.ts";
import type { BytePath } from "../receipts/snapshots/byte-path.ts";

/** Those of the `known` paths that are above or below a file that comes, and do not go themselves. `after` is undefined for a file that goes. */
export function findInTheWay(
  files: readonly { readonly path: BytePath; readonly after: unknown }[],
  known: Iterable<BytePath>,
): BytePath[] {
  const going = new Set(files.filter(({ after }) => after === undefined).map(({ path }) => path));
  const coming = new Set(files.filter(({ after }) => after !== undefined).map(({ path }) => path));
  const folders = new Set([...coming].flatMap(listFolders));
  return [...known].filter(
    (path) => !going.has(path) && (folders.has(path) || listFolders(path).some((folder) => coming.has(folder))),
  );
}
