// The frame in which a receipt is checked: that of its turn, never more than the thread's next turn would get.
import { BridgeError } from "../../domain/errors.ts";
import { describeWidening, FULL_ACCESS, READ_ONLY, type SandboxPolicy } from "../../domain/sandbox.ts";
import type { ThreadFrame } from "../../domain/thread.ts";
import type { Receipt } from "../../state/receipt-files.ts";
import type { CallContext } from "../requests.ts";
import { narrowByLastTurn } from "../threads/find-thread.ts";
import { toPolicy } from "../threads/frame-sandbox.ts";
import { toCheckFrame } from "../turns/checks/check-sandbox.ts";
import { type DelegationParts, readScope } from "../turns/delegation-parts.ts";

/** Finds it. Throws SANDBOX_DENIED where the user's limits do not allow it today, and INVALID_ARGUMENT if the directory is gone. */
export async function findCheckFrame(
  parts: DelegationParts,
  receipt: Receipt,
  call: Pick<CallContext, "caller">,
): Promise<ThreadFrame> {
  const frame = (await findThreadFrame(parts, receipt)) ?? (await toReceiptFrame(parts, receipt, call));
  // A check that is refused does not wait for its turn first.
  toCheckFrame(frame, await readScope(parts, frame.own, frame.cwd, call));
  return frame;
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

async function toReceiptFrame(
  parts: DelegationParts,
  receipt: Receipt,
  call: Pick<CallContext, "caller">,
): Promise<ThreadFrame> {
  const { backend } = parts.options;
  const { own } = backend.checkConfig({});
  const { cwd, undoes } = receipt;
  const scope = await readScope(parts, own, cwd, call);
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
