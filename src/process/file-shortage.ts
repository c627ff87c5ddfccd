// Whether this process may still open enough files for what it is about to do.
import { closeSync, openSync } from "node:fs";

/**
 * Opens `count` files for a moment. Throws what the system says where they are not to be had (`EMFILE`, `ENFILE`).
 * For what cannot tell that by itself, or never recovers from it: a spawn, and `import()`, which Node fails for good once it has failed (Node 20).
 */
export function requireFiles(count: number): void {
  const files: number[] = [];
  try {
    while (files.length < count) files.push(openSync("/dev/null", "r"));
  } finally {
    for (const file of files) closeSync(file);
  }
}
