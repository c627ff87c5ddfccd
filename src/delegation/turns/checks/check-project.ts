// A check of a project that belongs to no turn.
import type { CallContext } from "../../requests.ts";
import { toPolicy } from "../../threads/frame-sandbox.ts";
import { type DelegationParts, readScope } from "../delegation-parts.ts";
import { checkDepth } from "../depth.ts";
import type { CheckDone } from "./run-check.ts";

/** Runs a shell command in the agent's sandbox, with a slot, writing in `cwd` at most. Throws SANDBOX_DENIED, DEPTH_EXCEEDED, CANCELLED, and as `runCheck` does. */
export async function checkProject(
  parts: DelegationParts,
  { command, cwd }: { readonly command: string; readonly cwd: string },
  call: CallContext,
): Promise<CheckDone> {
  const { backend, readDepth } = parts.options;
  checkDepth(readDepth(call));
  const { own } = backend.checkConfig({});
  const sandbox = toPolicy("workspace-write", {}, cwd, await readScope(parts, own, cwd, call));
  const release = await parts.takeSlot(call);
  try {
    return await parts.runCheck(
      { command, frame: { cwd, sandbox, approvalPolicy: "never", own, backend: backend.name } },
      call,
    );
  } finally {
    await release();
  }
}
