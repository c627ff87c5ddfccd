// Runs must be ended above all when too many files are open, and looking at processes needs a file. So one is kept open in reserve.
import { closeSync, openSync } from "node:fs";
import { isBlinding } from "../domain/machine-limits.ts";

/** Creates a reader that closes its spare file where the process can open no other. `read` must be synchronous and open one file at a time. */
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
