// Too many open files is the moment when a run has to be ended most of all, and looking at processes needs a file. One is kept back for it.
import { closeSync, openSync } from "node:fs";
import { isBlinding } from "../domain/machine-limits.ts";

/** Makes a reader that gives up its spare file where the process has no other left. What it runs must be synchronous and open one file at a time. */
export function createSpareFile(): <Value>(read: () => Value) => Value {
  let spare = openSpare();
  return (read) => {
    try {
      return read();
    } catch (error) {
      if (spare === undefined || !isBlinding(error)) throw error;
      closeSync(spare);
      try {
        return read();
      } finally {
        spare = openSpare();
      }
    }
  };
}

function openSpare(): number | undefined {
  try {
    return openSync("/dev/null", "r");
  } catch {
    return undefined;
  }
}
