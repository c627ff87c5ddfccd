// Files that the bridge hands to other programs: a schema for one run, a long answer for a week.
import { join } from "node:path";
import { removeFile, sweepFolder, writePrivateFile } from "./private-files.ts";

/** A folder of files with a short life. */
export interface ScratchFiles {
  /** Writes a file with mode 0600 and returns its absolute path. */
  write(name: string, text: string): string;
  remove(path: string): void;
  /** Removes files that were last written before `before` (epoch ms). */
  sweep(before: number, signal?: AbortSignal): Promise<void>;
}

/** Scratch files in one folder of the state folder. */
export function createScratchFiles(stateDir: string, folderName: string): ScratchFiles {
  const folder = join(stateDir, folderName);
  return {
    write: (name, text) => {
      const path = join(folder, name);
      writePrivateFile(path, text);
      return path;
    },
    remove: (path) => removeFile(path),
    sweep: (before, signal) => sweepFolder(folder, before, { signal }),
  };
}
