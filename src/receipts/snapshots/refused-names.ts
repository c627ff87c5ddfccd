// Names that git takes into no index. It leaves such files out without an error, so a snapshot has to tell them itself.
import type { BytePath } from "./byte-path.ts";

/** Whether git refuses a path: a `.git` in any spelling is in it, or it is a link in place of `.gitmodules` (git 2.39, `verify_path`). */
export function isRefusedName(path: BytePath, isLink: boolean): boolean {
  const names = path.toLowerCase().split("/");
  return names.includes(".git") || (isLink && names.at(-1) === ".gitmodules");
}
