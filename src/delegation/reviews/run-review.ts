// A review: each pass is a turn, and what they find is checked, merged and stored.
import { amendError, BridgeError, type ErrorReport } from "../../domain/errors.ts";
import type { CallContext } from "../requests.ts";
import type { DelegationParts } from "../turns/delegation-parts.ts";
import { checkDepth } from "../turns/depth.ts";
import { keepReview } from "./keep-review.ts";
import { planReview, type ReviewPlan } from "./plan-review.ts";
import type { ReviewOptions } from "./review-options.ts";
import type { Reviewed, ReviewRequest } from "./reviews.ts";
import { type PassEnd, runPass } from "./run-pass.ts";

/** Files that are named where nothing can be reviewed. */
const MOST_NAMED = 5;

/** Runs a review, as `Reviews.run` says. */
export async function runReview(
  parts: DelegationParts,
  options: ReviewOptions,
  request: ReviewRequest,
  call: CallContext,
): Promise<Reviewed> {
  checkDepth(parts.options.readDepth(call));
  const plan = await planReview(parts, options, request, call);
  if (plan.passes.length === 0 && plan.earlier === undefined) return refuseOrSkip(plan);
  const ends = await runPasses(plan, parts, { options, request, call });
  refuseFailed(ends, call);
  return keepReview(plan, ends, { parts, options });
}

// An empty diff is an answer. One of which nothing can be read is an error: it must not look like an approval.
function refuseOrSkip({ material, leftOut, warnings }: ReviewPlan): Reviewed {
  const { what, notes } = material;
  const isWhole = material.within.length === 0;
  if (leftOut.length === 0) return { what, review: undefined, isWhole, warnings: [...warnings, ...notes] };
  const named = leftOut.slice(0, MOST_NAMED).map(({ path, reason }) => `${path} (${reason})`);
  const more = leftOut.length > MOST_NAMED ? ", …" : "";
  throw new BridgeError("INVALID_ARGUMENT", `Nothing of ${what} can be reviewed: ${named.join(", ")}${more}.`, {
    nextStep: "Review a part of it: name files, or pass an extract as text.",
  });
}

interface Running {
  readonly options: ReviewOptions;
  readonly request: ReviewRequest;
  readonly call: CallContext;
}

async function runPasses(
  { passes, cwd, model, withoutInstructions }: ReviewPlan,
  { options: { clock, backend } }: DelegationParts,
  { options: { delegation }, request, call }: Running,
): Promise<PassEnd[]> {
  const { reasoningEffort, timeoutMs } = request;
  const config = withoutInstructions ? backend.capabilities.projectInstructions?.leaveOut : undefined;
  const turn = { delegation, clock, cwd, model, reasoningEffort, timeoutMs, config };
  const [only] = passes;
  if (only !== undefined && passes.length === 1) return [await runPass(only, turn, call)];
  let done = 0;
  const report = (line: string): void => call.report(`${done} of ${passes.length} passes done; ${line}`);
  return Promise.all(
    passes.map(async (asked) => {
      const onThread = (threadId: string): void => call.onBatchThread?.(asked.pass.number, threadId);
      const end = await runPass(asked, turn, { ...call, report, onThread });
      done += 1;
      call.report(`${done} of ${passes.length} passes done`);
      return end;
    }),
  );
}

// A pass that failed is named in the result; the others count.
function refuseFailed(ends: readonly PassEnd[], { signal }: CallContext): void {
  const failures = ends.flatMap(({ result }) => ("error" in result ? [result] : []));
  const [first] = failures;
  if (first === undefined) return;
  const cancelled = failures.find(({ error }) => error.code === "CANCELLED");
  if (signal.aborted || cancelled !== undefined) throw toThrown(cancelled?.error ?? first.error, ends);
  if (failures.length < ends.length) return;
  const error = ends.length === 1 ? first.error : amendError(first.error, { details: { failed: failures.length } });
  throw toThrown(error, ends, first.cause);
}

function toThrown(error: ErrorReport, ends: readonly PassEnd[], cause?: unknown): BridgeError {
  const threads = ends.flatMap(({ threadId }) => threadId ?? []);
  const named = ends.length === 1 || threads.length === 0 ? "" : ` Threads that had begun: ${threads.join(", ")}.`;
  const of = ends.length === 1 ? "" : ` (a review in ${ends.length} passes)`;
  const message = `${error.message}${of}${named}`;
  return new BridgeError(error.code, message, { ...error, cause });
}
