// Why a runner could not be started, in words of ours: the system's own name a call and a path, and say nothing of what to do.
import { toBridgeError } from "../domain/errors.ts";
import { findMachineLimit } from "../domain/machine-limits.ts";
import { sayThrown } from "../domain/printable.ts";
import { toFileErrorCode } from "../state/private-files.ts";

/** The reason, as part of a sentence. */
export function describeStartFailure(error: unknown): string {
  const limit = findMachineLimit(error);
  if (limit !== undefined) return limit;
  const known = toBridgeError(error);
  if (known.code !== "INTERNAL") return known.message;
  const code = toFileErrorCode(error);
  return code === undefined ? sayThrown(error) : `a file or a program that it needs cannot be used (${String(code)})`;
}
