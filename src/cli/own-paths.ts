// The program's own files.
import { realpathSync } from "node:fs";
import { dirname, join } from "node:path";

// A package and a checkout hold the server once, in their plugin; `dist/bin.js` at their top leads to it (scripts/build.mjs).
const LEADING_HERE = join(import.meta.dirname, "../../../dist/bin.js");

/** The program itself, by the path that a registration should have. */
export const OWN_PATH = isStarted(LEADING_HERE) ? LEADING_HERE : join(import.meta.dirname, "bin.js");
/** Rules file that comes with the program. */
export const SHIPPED_RULES = join(dirname(dirname(OWN_PATH)), "delegation-rules.json");
/** Bundle that checks texts in a thread of its own. */
export const VALIDATION_WORKER = join(import.meta.dirname, "validation-worker.mjs");

// That a file lies there says nothing, since a plugin's folder may be copied beside anything. That it was started does: it led here.
function isStarted(path: string): boolean {
  try {
    return realpathSync(process.argv[1] ?? "") === path;
  } catch {
    return false;
  }
}
