// Checks that the directories of a frame are still the ones that were approved. While a turn waits, another turn can replace a directory by a
// link, and the agent would work wherever the link leads.
import { readlinkSync } from "node:fs";
import { BridgeError } from "../../domain/errors.ts";
import type { ThreadFrame } from "../../domain/thread.ts";
import { findRealPath, isRealPath } from "../../files/real-path.ts";

/** Refuses a frame whose cwd or a writable root now leads through a link. Throws SANDBOX_DENIED, or INVALID_ARGUMENT if cwd is gone. */
export function checkFrameDirectories({ cwd, sandbox }: Pick<ThreadFrame, "cwd" | "sandbox">): void {
  if (findRealPath(cwd) === undefined) throw new BridgeError("INVALID_ARGUMENT", `The directory ${cwd} is gone.`);
  const roots = sandbox.mode === "workspace-write" ? sandbox.writableRoots : [];
  const swapped = [cwd, ...roots].find((path) => !isRealPath(path));
  if (swapped !== undefined) throw toSwapped(swapped, findRealPath(swapped));
}

/** Returns an error if a started program works in another directory than `cwd`. Returns undefined if it does not, or if it has ended. */
export function findElsewhere(pid: number, cwd: string): BridgeError | undefined {
  const actual = process.platform === "linux" ? readOwnDirectory(pid) : findRealPath(cwd);
  return actual === undefined || actual === cwd ? undefined : toSwapped(cwd, actual);
}

function readOwnDirectory(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}

function toSwapped(path: string, actual: string | undefined): BridgeError {
  const where = actual === undefined ? "elsewhere" : `to ${actual}`;
  return new BridgeError(
    "SANDBOX_DENIED",
    `${path} was replaced by a link and leads ${where} now. The turn was not run.`,
    {
      nextStep: "Find out what replaced it, then start a new thread with codex in the right directory.",
    },
  );
}
