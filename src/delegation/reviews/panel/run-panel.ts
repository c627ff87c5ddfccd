// Runs a panel: one review for each agent, at the same time, and what they come to together.
import type { Clock } from "../../../domain/clock.ts";
import { amendError, BridgeError, type ErrorReport, type Failure, toFailure } from "../../../domain/errors.ts";
import { findContradictions } from "../../../reviews/panel/contradictions.ts";
import { mergePanel } from "../../../reviews/panel/merge-panel.ts";
import { judgeReview } from "../../../reviews/verdict.ts";
import type { CallContext } from "../../requests.ts";
import type { Review, Reviewed } from "../reviews.ts";
import type { PanelEnd, PanelMember, PanelRequest, Reviewer } from "./panel.ts";

const CHANGED =
  "The reviewers did not see the same state: files changed while they read. Look at each finding in the files as they are.";

/**
 * Runs it. `all` are the agents that the bridge knows, in the order of a panel. Throws a BridgeError: INVALID_ARGUMENT for an unknown agent;
 * CANCELLED; the error of the first agent where all failed.
 */
export async function runPanel(
  all: readonly Reviewer[],
  request: PanelRequest,
  call: CallContext,
  clock: Clock,
): Promise<PanelEnd> {
  const startedAt = clock();
  const { agents, ...target } = request;
  const asked = agents === undefined ? all : choose(agents, all);
  const ended = await runAll(asked, target, call);
  // Who asks for all means those that are there.
  const members = agents === undefined ? ended.filter((member) => !isAbsent(member)) : ended;
  refuseFailed(members.length === 0 ? ended : members, call);
  return { ...judge(members), durationMs: clock() - startedAt };
}

function choose(ids: readonly string[], all: readonly Reviewer[]): readonly Reviewer[] {
  const known = all.map(({ id }) => id).join(", ");
  return [...new Set(ids)].map((id) => {
    const found = all.find((reviewer) => reviewer.id === id);
    if (found !== undefined) return found;
    const message = `There is no agent ${JSON.stringify(id.slice(0, 40))}.`;
    throw new BridgeError("INVALID_ARGUMENT", message, { nextStep: `Name some of: ${known}.` });
  });
}

async function runAll(
  asked: readonly Reviewer[],
  target: Omit<PanelRequest, "agents">,
  call: CallContext,
): Promise<PanelMember[]> {
  let done = 0;
  const report = (line: string): void => call.report(`${done} of ${asked.length} reviewers done; ${line}`);
  return Promise.all(
    asked.map(async ({ id, name, view, reviews }, at): Promise<PanelMember> => {
      const onThread = (threadId: string): void => call.onBatchThread?.(at + 1, threadId);
      const own = {
        ...call,
        report: (line: string) => report(`${name}: ${line}`),
        onThread,
        // The passes of one reviewer count as one.
        onBatchThread: (_: number, threadId: string) => onThread(threadId),
      };
      try {
        return { id, name, reviewed: await reviews.run({ ...target, view }, own) };
      } catch (thrown) {
        return { id, name, failure: toFailure(thrown) };
      } finally {
        done += 1;
        report(`${name} is done`);
      }
    }),
  );
}

const isAbsent = (member: PanelMember): boolean =>
  "failure" in member && member.failure.error.code === "AGENT_NOT_FOUND";

// A reviewer that failed is named; the rest counts.
function refuseFailed(members: readonly PanelMember[], { signal }: CallContext): void {
  const failures = members.flatMap((member) => ("failure" in member ? [member] : []));
  const [first] = failures;
  if (first === undefined) return;
  const cancelled = failures.find(({ failure }) => failure.error.code === "CANCELLED");
  if (signal.aborted || cancelled !== undefined) throw toThrown(cancelled?.failure ?? first.failure);
  if (failures.length < members.length) return;
  const others = failures.slice(1).map(({ name, failure }) => `${name}: [${failure.error.code}]`);
  const named = others.length === 0 ? "" : ` The others failed too: ${others.join(", ")}.`;
  const error = amendError(first.failure.error, { details: { failed: failures.length } });
  throw toThrown({ ...first.failure, error: { ...error, message: `${first.name}: ${error.message}${named}` } });
}

function toThrown({ error, cause }: Failure): BridgeError {
  const { code, message, ...rest }: ErrorReport = error;
  return new BridgeError(code, message, { ...rest, cause });
}

function judge(members: readonly PanelMember[]): Omit<PanelEnd, "durationMs"> {
  const answered = members.flatMap((member) => ("reviewed" in member ? [{ id: member.id, ...member.reviewed }] : []));
  const reviews = answered.flatMap(({ id, review }) => (review === undefined ? [] : [{ id, review }]));
  const findings = mergePanel(reviews.map(({ id, review }) => ({ agent: id, findings: review.findings })));
  const isWhole = answered.every(isRead);
  // What a reviewer merged within its own passes counts with the weight that each had.
  const judged = reviews.flatMap(({ review }) =>
    review.findings.flatMap(({ merged = [], ...one }) => [one, ...merged]),
  );
  return {
    members,
    what: answered[0]?.what ?? "",
    cwd: reviews[0]?.review.cwd,
    verdict: judgeReview(judged, isWhole),
    isIncomplete: !isWhole,
    findings,
    contradictions: findContradictions(findings),
    warnings: haveOneState(reviews.map(({ review }) => review)) ? [] : [CHANGED],
  };
}

function isRead(reviewed: Reviewed): boolean {
  return reviewed.review === undefined ? reviewed.isWhole : !reviewed.review.isIncomplete;
}

function haveOneState(reviews: readonly Review[]): boolean {
  return new Set(reviews.map(({ state }) => JSON.stringify(state))).size <= 1;
}
