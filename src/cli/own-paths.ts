// The program's own files.
import { join } from "node:path";

/** Rules file that comes with the program. */
export const SHIPPED_RULES = join(import.meta.dirname, "../delegation-rules.json");
/** The program itself. */
export const OWN_PATH = join(import.meta.dirname, "bin.js");
/** Bundle that checks texts in a thread of its own. */
export const VALIDATION_WORKER = join(import.meta.dirname, "validation-worker.mjs");
