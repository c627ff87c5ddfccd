// The frame of a check: that of the receipt's turn, never more than the thread's next turn would get, and never without a sandbox.
import { BridgeError } from "../../domain/errors.ts";
import { describeWidening, FULL_ACCESS, READ_ONLY, type SandboxPolicy } from "../../domain/sandbox.ts";
import type { ThreadFrame } from "../../domain/thread.ts";
import type { Receipt } from "../../state/receipt-files.ts";
import { narrowByLastTurn } from "../threads/find-thread.ts";
import { narrowFrame } from "../threads/frame.ts";
import { toPolicy } from "../threads/frame-sandbox.ts";
import type { FrameScope } from "../threads/frame-scope.ts";
import { type DelegationParts, readScope } from "../turns/delegation-parts.ts";

/** Finds it. Throws SANDBOX_DENIED where the user's limits do not allow it today, and INVALID_ARGUMENT if the directory is gone. */
export async function findCheckFrame(parts: DelegationParts, receipt: Receipt): Promise<ThreadFrame> {
  const frame = (await findThreadFrame(parts, receipt)) ?? (await toReceiptFrame(parts, receipt));
  return toCheckFrame(frame, await readScope(parts, frame.own, frame.cwd));
}

/** The frame of a check in the sandbox of a thread: one with full access is narrowed, since the command comes from the caller. Throws SANDBOX_DENIED. */
export function toCheckFrame(frame: ThreadFrame, scope: FrameScope): ThreadFrame {
  // What a machine's administrator has decided is not known to hold for a command without a turn.
  if (scope.defaults.profile?.isManaged === true) throw refuseManaged();
  const sandbox = frame.sandbox.mode === "danger-full-access" ? "workspace-write" : undefined;
  return narrowFrame(frame, { prompt: "", sandbox }, scope);
}

// undefined if the turn has no thread, or if the thread is gone.
async function findThreadFrame(parts: DelegationParts, receipt: Receipt): Promise<ThreadFrame | undefined> {
  const { threadId, cwd, undoes } = receipt;
  if (threadId === undefined) return undefined;
  try {
    const { record } = await narrowByLastTurn(parts.options, await parts.find({ threadId }));
    const { frame } = record;
    const policy = undoes === undefined ? readPolicy(receipt) : undefined;
    const isNarrower = policy !== undefined && describeWidening(policy, frame.sandbox).length === 0;
    const sandbox = isNarrower && frame.permissions?.name === undefined ? policy : frame.sandbox;
    return { ...frame, cwd, sandbox };
  } catch (error) {
    if (error instanceof BridgeError && error.code === "THREAD_NOT_FOUND") return undefined;
    throw error;
  }
}

async function toReceiptFrame(parts: DelegationParts, receipt: Receipt): Promise<ThreadFrame> {
  const { backend } = parts.options;
  const { own } = backend.checkConfig({});
  const { cwd, undoes } = receipt;
  const scope = await readScope(parts, own, cwd);
  // An undo is the bridge's own work: no turn and no sandbox belong to it.
  const sandbox = undoes === undefined ? readPolicy(receipt) : toPolicy("workspace-write", {}, cwd, scope);
  return { cwd, sandbox, approvalPolicy: "never", own, backend: backend.name };
}

// What is not as the bridge writes it allows nothing.
function readPolicy({ sandbox }: Receipt): SandboxPolicy {
  const { mode, networkAccess, writableRoots, excludeSlashTmp, excludeTmpdir } = sandbox;
  if (mode === "danger-full-access") return FULL_ACCESS;
  if (mode !== "workspace-write" || !Array.isArray(writableRoots)) return READ_ONLY;
  return {
    mode,
    networkAccess: networkAccess === true,
    writableRoots: writableRoots.filter((root) => typeof root === "string"),
    excludeSlashTmp: excludeSlashTmp !== false,
    excludeTmpdir: excludeTmpdir !== false,
  };
}

function refuseManaged(): BridgeError {
  return new BridgeError(
    "SANDBOX_DENIED",
    "This machine's administrator chose the permission profile of Codex's turns. It is not known whether a check would be held to it.",
    { nextStep: "Run the check yourself, or have Codex run it with codex-reply." },
  );
}
