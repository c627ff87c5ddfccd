// A turn that the app server cannot run, and that runs as `codex exec`, which asks nobody.
import { BridgeError } from "../../../domain/errors.ts";
import type { TurnOutcome } from "../../../domain/turn.ts";
import type { CodexTurnRequest } from "../../codex/turn/codex-turn-request.ts";

/**
 * Runs the turn with `run`, and warns at the start of a thread that its approval policy has no effect. Throws SANDBOX_DENIED for full access
 * with a policy that asks: everything that the user wanted to be asked about would run.
 */
export async function runUnasked(
  misfit: string,
  { frame, threadId }: CodexTurnRequest,
  run: () => Promise<TurnOutcome>,
): Promise<TurnOutcome> {
  const { approvalPolicy: policy, sandbox } = frame;
  if (policy !== "never" && sandbox.mode === "danger-full-access") {
    const message = `This turn would run every command without asking: it has approval-policy ${policy} and danger-full-access, and Codex's app server cannot run it (${misfit}).`;
    throw new BridgeError("SANDBOX_DENIED", message, {
      nextStep:
        "Use a narrower sandbox. Use approval-policy never only if the user wants unlimited access without questions.",
    });
  }
  const outcome = await run();
  if (policy === "never" || threadId !== undefined) return outcome;
  const warning = `approval-policy ${policy} had the effect of never, since Codex's app server cannot run this turn: ${misfit}.`;
  return { ...outcome, report: { ...outcome.report, warnings: [warning, ...outcome.report.warnings] } };
}
