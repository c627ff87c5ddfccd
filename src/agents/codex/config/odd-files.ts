// Finds FIFOs and devices in the place of files that Codex reads in a project. A sandboxed turn can put them there, and some versions wait
// for them for ever (docs/codex-cli.md#files-that-block).
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { BridgeError } from "../../../domain/errors.ts";
import { SMALL_FILE_BYTES } from "../../../files/small-file.ts";

/** Refuses a directory in which Codex would meet such a file, from `cwd` up to the root of its work tree. Throws CONFIG_INVALID. */
export function checkProjectFiles(cwd: string): void {
  for (let folder = cwd; ; folder = dirname(folder)) {
    checkOrdinary(join(folder, ".codex/config.toml"), false);
    const isRoot = checkOrdinary(join(folder, ".git"), true);
    if (isRoot || dirname(folder) === folder) return;
  }
}

// Whether the file exists.
function checkOrdinary(file: string, mayBeFolder: boolean): boolean {
  const stat = lookAt(file);
  if (stat === undefined) return false;
  const isFine = stat.isFile() ? stat.size <= SMALL_FILE_BYTES : mayBeFolder && stat.isDirectory();
  if (isFine) return true;
  const reason = stat.isFile() ? `is larger than ${SMALL_FILE_BYTES} bytes` : "is not a regular file";
  throw new BridgeError("CONFIG_INVALID", `${file} ${reason}; Codex reads it before each turn and may never end.`, {
    nextStep: "Ask the user to remove it, or work in another directory.",
  });
}

function lookAt(file: string) {
  try {
    return statSync(file);
  } catch {
    // Missing, a dead link, or closed to this user: Codex does not wait for it.
    return undefined;
  }
}
