// A review: what is to be read is split into passes, each pass is a turn, and what they find is checked, merged and stored.
import { resolve } from "node:path";
import { amendError, BridgeError, type ErrorReport } from "../../domain/errors.ts";
import { isInside } from "../../domain/sandbox.ts";
import { resolveRealPath } from "../../files/real-path.ts";
import { findInstructing, tellInstructing } from "../../reviews/instructing-files.ts";
import { splitMaterial } from "../../reviews/split-material.ts";
import type { LeftOut, ReviewMaterial, ReviewTarget } from "../../reviews/target.ts";
import type { Review } from "../../state/review-files.ts";
import type { CallContext } from "../requests.ts";
import { findBaseDir } from "../threads/base-dir.ts";
import { checkRoots, resolveDirectory } from "../threads/directories.ts";
import { type DelegationParts, readScope } from "../turns/delegation-parts.ts";
import { checkDepth } from "../turns/depth.ts";
import { chooseTarget } from "./choose-target.ts";
import { findReview, isSamePlace, isSameTarget, shareFindings, toState, toTarget } from "./earlier-review.ts";
import { keepReview } from "./keep-review.ts";
import type { ReviewOptions } from "./review-options.ts";
import type { PromptParts } from "./review-prompt.ts";
import type { Reviewed, ReviewRequest } from "./reviews.ts";
import { type PassEnd, runPass } from "./run-pass.ts";

/** Characters of one pass, and most passes. A diff of 2,000 lines is one pass. */
const LIMITS = { maxCharacters: 150_000, maxPasses: 6 };
/** Files that are named where nothing can be reviewed. */
const MOST_NAMED = 5;

const OTHER_TARGET =
  "The earlier review was of another target: all of this one is reviewed, and the earlier findings stay open. To settle them, call again with since alone.";

/** What is known of a review before its turns. */
export interface ReviewPlan {
  readonly createdAt: number;
  readonly cwd: string;
  readonly target: ReviewTarget;
  readonly material: ReviewMaterial;
  readonly leftOut: readonly LeftOut[];
  /** What each pass is asked with. */
  readonly passes: readonly PromptParts[];
  readonly earlier: Review | undefined;
  /** Whether the earlier review was of this target. Only then its findings can be settled. */
  readonly isSameTarget: boolean;
  readonly focus: string | undefined;
  readonly model: string | undefined;
  /** Whether the project's instructions are part of what is reviewed: then they do not instruct the reviewer. */
  readonly withoutInstructions: boolean;
  /** Whether it holds other instructions of Codex, which cannot be switched off: such a review approves nothing. */
  readonly isInstructed: boolean;
  readonly warnings: readonly string[];
}

/** Runs a review, as `Reviews.run` says. */
export async function runReview(
  parts: DelegationParts,
  options: ReviewOptions,
  request: ReviewRequest,
  call: CallContext,
): Promise<Reviewed> {
  checkDepth(parts.options.readDepth());
  const plan = await planReview(parts, options, request, call);
  if (plan.passes.length === 0 && plan.earlier === undefined) return refuseOrSkip(plan);
  const ends = await runPasses(plan, parts, { options, request, call });
  refuseFailed(ends, call);
  return keepReview(plan, ends, { parts, options });
}

async function planReview(
  parts: DelegationParts,
  options: ReviewOptions,
  request: ReviewRequest,
  call: CallContext,
): Promise<ReviewPlan> {
  const { areas, limits, baseDir, clock, backend } = parts.options;
  const createdAt = clock();
  const earlier = request.since === undefined ? undefined : findReview(options.files, baseDir, request.since);
  const named = chooseTarget(request);
  const asked = request.cwd ?? earlier?.cwd;
  const base = await findBaseDir(asked, call, baseDir);
  const cwd = resolveDirectory("cwd", asked ?? ".", { base: base.path, home: areas.home, roots: limits.roots });
  const target = named ?? (earlier === undefined ? { kind: "uncommitted" } : toTarget(earlier));
  const { defaults } = await readScope(parts, backend.checkConfig({}).own, cwd);
  call.report("Reading what is to be reviewed");
  const followed = earlier !== undefined && isSameTarget(earlier, target, cwd) ? earlier : undefined;
  const since = followed === undefined ? undefined : toState(followed);
  const material = await options.readTarget(target, { cwd, since, signal: call.signal });
  checkPlace(target, cwd, material, limits.roots);
  const { passes, leftOut } = splitMaterial(material.files, LIMITS);
  const isSame = followed !== undefined && isSamePlace(followed, material);
  const decidable = isSame ? followed.findings.filter(({ isFromOtherTarget }) => isFromOtherTarget !== true) : [];
  const findings = shareFindings(passes, decidable);
  const instructing = findInstructing(material, cwd, defaults.instructionNames);
  const focus = request.focus ?? earlier?.focus;
  const mark = chooseMark(material, options);
  const { what, heading, top } = material;
  const common = { what, heading, kind: target.kind, top, focus, view: request.view, mark };
  return {
    ...{
      createdAt,
      cwd,
      target,
      material,
      earlier,
      isSameTarget: isSame,
      focus,
      model: request.model ?? defaults.reviewModel,
      withoutInstructions: instructing.docs.length > 0 || earlier?.withoutInstructions === true,
      isInstructed: instructing.others.length > 0 || earlier?.isInstructed === true,
    },
    leftOut: [...material.leftOut, ...leftOut],
    passes: passes.map((files, at) => {
      const pass = { number: at + 1, all: passes.length };
      return { ...common, files, pass, earlier: findings[at] ?? [] };
    }),
    warnings: [
      ...base.warnings,
      ...(earlier === undefined || isSame ? [] : [OTHER_TARGET]),
      ...tellInstructing(instructing),
    ],
  };
}

// The bridge reads for the caller what no sandbox keeps from it.
function checkPlace(target: ReviewTarget, cwd: string, { top }: ReviewMaterial, roots: readonly string[]): void {
  checkRoots("The reviewed directory", top, roots);
  const named = target.kind === "files" ? target.files : [];
  const outside = named.find((path) => !isInside(resolveRealPath(resolve(cwd, path)), top));
  if (outside === undefined) return;
  throw new BridgeError("SANDBOX_DENIED", `${JSON.stringify(outside.slice(0, 200))} is outside ${top}.`, {
    nextStep: "Name files below it, or pass their cwd.",
  });
}

// Whoever wrote the files cannot close the quotation.
function chooseMark({ files, what }: ReviewMaterial, { newMark }: ReviewOptions): string {
  for (;;) {
    const mark = newMark();
    if (!what.includes(mark) && !files.some(({ path, diff }) => path.includes(mark) || diff.includes(mark)))
      return mark;
  }
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
  { options: { clock } }: DelegationParts,
  { options: { delegation }, request, call }: Running,
): Promise<PassEnd[]> {
  const { reasoningEffort, timeoutMs } = request;
  const turn = { delegation, clock, cwd, model, reasoningEffort, timeoutMs, withoutInstructions };
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
