// A file of a project has to lie in it: a repository may hold a link to a file of the user.
import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { findUserFile, findUserFolder } from "../../../clients/claude-code/config-files.ts";
import { isInside } from "../../../domain/sandbox.ts";
import { isThere } from "../../files/paths.ts";
import { FileRefusal } from "../../files/whole-file.ts";
import type { InitContext } from "../context.ts";
import type { PlannedFile } from "./planned-files.ts";

/** Throws FileRefusal if a file of the project leads out of it. Where the home is a project too, the user's own files may. */
export function checkInProject({ names, before }: PlannedFile, context: InitContext): void {
  // One of them may be the user's own path, and another a link of the project to it.
  for (const name of names) checkName(name, before, context);
}

function checkName(
  path: string,
  before: PlannedFile["before"],
  { root, env, cwd, codexHome }: Pick<InitContext, "root" | "env" | "cwd" | "codexHome">,
): void {
  const own = [findUserFolder({ env, cwd }), findUserFile({ env, cwd }), codexHome];
  if (!isInside(path, root) || own.some((place) => isInside(path, place))) return;
  const real = before?.realPath ?? realpathSync(findExisting(dirname(path)));
  if (!isInside(real, realpathSync(root))) throw new FileRefusal(`leads out of the project, to ${real}`);
}

/** The nearest folder that is there: this one, or one above it. */
export function findExisting(folder: string): string {
  return isThere(folder) || dirname(folder) === folder ? folder : findExisting(dirname(folder));
}
