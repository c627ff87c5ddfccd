// The files and folders that a person names for an export or an import.
import { readdirSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { BridgeError } from "../domain/errors.ts";
import { isInside } from "../domain/sandbox.ts";
import { resolveRealPath } from "../files/real-path.ts";
import { toFileErrorCode } from "../state/private-files.ts";

/** Throws INVALID_ARGUMENT for a link in the current directory that leads out of it: that of a cloned project could lead to anything. */
export function checkLeadsHere(path: string): void {
  const [here, written] = [resolveRealPath("."), resolve(resolveRealPath("."), path)];
  if (isInside(written, here) && !isInside(resolveRealPath(written), here)) {
    throw new BridgeError("INVALID_ARGUMENT", `${path} is a link that leads out of this directory.`, {
      nextStep: "Name what it leads to.",
    });
  }
}

/** The files that a path names: itself, or the Markdown files of a folder. Throws INVALID_ARGUMENT. */
export function listFiles(path: string): string[] {
  checkLeadsHere(path);
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path)
      .filter((name) => name.endsWith(".md"))
      .map((name) => join(path, name));
  } catch (error) {
    const message = `${path} cannot be read (${String(toFileErrorCode(error))}).`;
    throw new BridgeError("INVALID_ARGUMENT", message, { nextStep: "Name files or folders.", cause: error });
  }
}
