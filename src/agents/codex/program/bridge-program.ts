// Recognises the program of a bridge: this one, another copy, or one that does not exist any more.
import { existsSync, realpathSync } from "node:fs";
import { basename, dirname, isAbsolute, join } from "node:path";
import { isRecord } from "../../../domain/guards.ts";
import { readSmallText, readSmallTextIfAny } from "../../../files/small-file.ts";

/** Whether a file is the running program, or the program of another copy of this package. */
export function isBridgeProgram(path: string, ownPath: string): boolean {
  return isSameFile(path, ownPath) || readBridgeVersion(path) !== undefined;
}

/** Whether two paths lead to one file. */
export function isSameFile(path: string, other: string): boolean {
  try {
    return realpathSync(path) === realpathSync(other);
  } catch {
    return false;
  }
}

/** The version of the copy of this package that a program belongs to; undefined for any other program. */
export function readBridgeVersion(path: string): string | undefined {
  try {
    const real = realpathSync(path);
    if (basename(real) !== "bin.js") return undefined;
    const about: unknown = JSON.parse(readSmallText(join(dirname(dirname(real)), "package.json")));
    return isRecord(about) && about["name"] === "codex-bridge" ? String(about["version"]) : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a path looks like the program of a bridge and does not exist: the checkout was moved or removed, or dist/ is not built. */
export function isGoneBridge(path: string): boolean {
  if (!isGoneProgram(path)) return false;
  return /codex-bridge/i.test(path) || isOwnPackage(dirname(dirname(path)));
}

/** Whether a missing program was probably a bridge: its path does not say so, but the name of its registration does. */
export function isProbablyGoneBridge(path: string, registration: string): boolean {
  return isGoneProgram(path) && path.endsWith("/dist/bin.js") && /codex/i.test(registration);
}

function isGoneProgram(path: string): boolean {
  return isAbsolute(path) && path.endsWith("/bin.js") && !existsSync(path);
}

function isOwnPackage(folder: string): boolean {
  return /"name":\s*"codex-bridge"/.test(readSmallTextIfAny(join(folder, "package.json")) ?? "");
}
