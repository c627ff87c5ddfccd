// The sandbox of a check: never more than the thread's next turn would get, and never none.
import { BridgeError } from "../../../domain/errors.ts";
import type { ThreadFrame } from "../../../domain/thread.ts";
import { narrowFrame } from "../../threads/frame.ts";
import { toNarrower } from "../../threads/frame-sandbox.ts";
import type { FrameScope } from "../../threads/frame-scope.ts";

/** The frame of a check in the sandbox of a thread: one with full access is narrowed, since the command comes from the caller. Throws SANDBOX_DENIED. */
export function toCheckFrame(frame: ThreadFrame, scope: FrameScope): ThreadFrame {
  // What a machine's administrator has decided is not known to hold for a command without a turn.
  if (scope.defaults.profile?.isManaged === true) throw refuseManaged();
  const most = scope.caller?.policy.mode ?? "workspace-write";
  const sandbox = frame.sandbox.mode === "danger-full-access" ? toNarrower("workspace-write", most) : undefined;
  return narrowFrame(frame, { prompt: "", sandbox }, scope);
}

function refuseManaged(): BridgeError {
  return new BridgeError(
    "SANDBOX_DENIED",
    "This machine's administrator chose the permission profile of turns. It is not known whether a check would be held to it.",
    { nextStep: "Run the check yourself, or have the agent run it in its next turn." },
  );
}
