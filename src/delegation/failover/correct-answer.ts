// A final message that does not fit `expect` though its agent has corrected it once: another agent puts it into the form that is expected.
import type { AgentId } from "../../domain/agents.ts";
import { READ_ONLY } from "../../domain/sandbox.ts";
import type { CallContext, StartRequest, TurnAnswer, TurnEnd } from "../requests.ts";
import { composeTextCorrection } from "../turns/answers/expect-words.ts";
import type { FailoverParts } from "./failover.ts";
import { describeThrown, type FailedEnd } from "./hand-over.ts";

/** Together with what is asked, it must stay below Codex's own limit on a prompt (docs/codex-cli.md#prompt). */
const LONGEST_TEXT = 900_000;

/** Whether the only thing that is wrong is the form of the final message. */
export function isUnfit(end: TurnEnd): end is FailedEnd & { readonly answer: TurnAnswer } {
  return end.kind === "failed" && end.error.code === "INVALID_OUTPUT" && end.answer.unfit !== undefined;
}

/**
 * Has the first of `others` that can do it correct the message, in a read-only thread of its own that is told nothing else. The end is then that of
 * the agent that did the work, with the corrected message. Nothing is committed for it. Never throws.
 */
export async function correctAnswer(
  { open }: Pick<FailoverParts, "open">,
  { expect, outputFile, overwrite, timeoutMs }: StartRequest,
  { end, others }: { readonly end: FailedEnd & { readonly answer: TurnAnswer }; readonly others: readonly AgentId[] },
  call: CallContext,
): Promise<{ readonly end: TurnEnd; readonly correctedBy?: AgentId | undefined }> {
  const { answer } = end;
  const { content = "", reason = "" } = answer.unfit ?? {};
  let failed: FailedEnd = end;
  if (expect === undefined || content === "" || content.length > LONGEST_TEXT) return { end };
  const prompt = composeTextCorrection({ text: content, misfit: reason, expected: [expect] });
  const output = { outputFile, overwrite, expect, timeoutMs };
  for (const id of others) {
    if (call.signal.aborted) break;
    try {
      const agent = await open(id);
      call.report(`The answer does not fit what is expected; ${agent.name} corrects it`);
      const limits = { cwd: answer.cwd, sandboxWish: "read-only", within: READ_ONLY, readsOnly: true } as const;
      const own = { ...call, onThread: undefined };
      const corrected = await agent.delegation.start({ prompt, ...limits, ...output }, own);
      if (corrected.kind === "completed") return { end: join(end, corrected.answer, agent.name), correctedBy: id };
      const { code, message } = corrected.error;
      failed = tell(failed, `${agent.name} did not correct it: [${code}] ${message}`);
    } catch (thrown) {
      failed = tell(failed, `${id} did not correct it: ${describeThrown(thrown)}`);
    }
  }
  return { end: failed };
}

function tell(end: FailedEnd, reason: string): FailedEnd {
  return { ...end, error: { ...end.error, message: `${end.error.message} ${reason}` } };
}

function join(
  { startedAt, waitedMs, answer }: FailedEnd & { answer: TurnAnswer },
  corrected: TurnAnswer,
  name: string,
): TurnEnd {
  const { unfit, ...work } = answer;
  const { content, outputFile, isJson } = corrected;
  const told = `The final message did not fit \`expect\` (${unfit?.reason ?? ""}). This is the one that ${name} made of it.`;
  const uncommitted = answer.isUncommitted === true ? ["Nothing was committed."] : [];
  const warnings = [...work.warnings, ...corrected.warnings, told, ...uncommitted];
  return { kind: "completed", startedAt, waitedMs, answer: { ...work, content, outputFile, isJson, warnings } };
}
