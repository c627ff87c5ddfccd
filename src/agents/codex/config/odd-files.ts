// Finds FIFOs, devices and huge files under names that Codex reads in a project. A sandboxed turn can create them, and some versions of Codex
// wait for them forever (docs/codex-cli.md#files-that-block).
import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import { BridgeError } from "../../../domain/errors.ts";
import { SMALL_FILE_BYTES } from "../../../files/small-file.ts";

/** Refuses a directory if Codex would read such a file in it, or in a folder up to the root of its work tree. Throws CONFIG_INVALID. */
export function checkProjectFiles(cwd: string): void {
  for (let folder = cwd; ; folder = dirname(folder)) {
    checkOrdinary(join(folder, ".codex/config.toml"), false);
    const isRoot = checkOrdinary(join(folder, ".git"), true);
    if (isRoot || dirname(folder) === folder) return;
  }
}

// Returns whether the file exists. Throws if it is not an ordinary file.
function checkOrdinary(file: string, mayBeFolder: boolean): boolean {
  const stat = lookAt(file);
  if (stat === undefined) return false;
  const isFine = stat.isFile() ? stat.size <= SMALL_FILE_BYTES : mayBeFolder && stat.isDirectory();
  if (isFine) return true;
  const reason = stat.isFile() ? `is larger than ${SMALL_FILE_BYTES} bytes` : "is not a regular file";
  throw new BridgeError("CONFIG_INVALID", `${file} ${reason}. Codex reads it before each turn and may wait forever.`, {
    nextStep: "Ask the user to remove it, or work in another directory.",
  });
}

function lookAt(file: string) {
  try {
    return statSync(file);
  } catch {
    // The file is missing, a dead link, or not readable for this user. Codex does not wait for such a file.
    return undefined;
  }
}
