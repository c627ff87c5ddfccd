// What a caller is told if a thread's record could not be stored.
import { BridgeError } from "../../domain/errors.ts";
import { findMachineLimit } from "../../domain/machine-limits.ts";
import { sayThrown } from "../../domain/printable.ts";
import { type FileContent, RecordNotStoredError } from "./write-narrowing.ts";

/** The error for a turn that must not begin without it. */
export function toUnstoredError(error: unknown): BridgeError {
  const reason = describeCause(error instanceof RecordNotStoredError ? error.cause : undefined);
  return new BridgeError(
    "CONFIG_INVALID",
    `The thread's record cannot be stored in the state folder${reason}, so after a restart of the bridge the thread could have a wider sandbox than now. Nothing was run.`,
    {
      nextStep:
        "Ask the user to make the state folder (BRIDGE_STATE_DIR) writable (`codex-bridge doctor` checks it), then call again. Or start a new thread with codex and this sandbox.",
      cause: error,
    },
  );
}

// The system's own words name a call and a path; its code is enough to look for.
function describeCause(cause: unknown): string {
  if (!(cause instanceof Error)) return "";
  return ` (${findMachineLimit(cause) ?? ("code" in cause ? String(cause.code) : sayThrown(cause))})`;
}

/** The warning for a turn that ran without it. `content` is what the file holds instead. */
export function describeUnstored(content: FileContent): string {
  return NOT_STORED[content];
}

const NOT_STORED: Readonly<Record<FileContent, string>> = {
  nothing:
    "The thread's settings could not be stored. After a restart of the bridge the thread has the directory, sandbox and model of its last turn, but no sessionId, instructions or config.",
  older:
    "The thread's newest settings could not be stored. After a restart of the bridge the thread has the settings from before this turn.",
  emptied:
    "The thread's settings could not be stored. After a restart of the bridge the thread is read-only, and has no sessionId, instructions or config.",
  wider:
    "The thread's narrower sandbox could not be stored. After a restart of the bridge the thread has the wider one from before.",
};
