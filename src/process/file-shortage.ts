// Checks that this process can still open enough files for what it is about to do.
import { closeSync, openSync } from "node:fs";

/**
 * Opens `count` files for a moment. Throws the system's error (`EMFILE`, `ENFILE`) where that fails.
 * For actions that do not report a shortage, or do not recover from it: a spawn, and `import()`, which fails for good after one failure (Node 20).
 */
export function requireFiles(count: number): void {
  const files: number[] = [];
  try {
    while (files.length < count) files.push(openSync("/dev/null", "r"));
  } finally {
    for (const file of files) closeSync(file);
  }
}
