// What is known of a review before its turns: what is read, split into passes, and what of it would instruct the reviewer.
import { resolve } from "node:path";
import type { AgentBackend } from "../../agents/agent-backend.ts";
import { BridgeError } from "../../domain/errors.ts";
import { isInside } from "../../domain/sandbox.ts";
import { resolveRealPath } from "../../files/real-path.ts";
import { findInstructing, type InstructingFiles, tellInstructing } from "../../reviews/instructing-files.ts";
import { splitMaterial } from "../../reviews/split-material.ts";
import type { LeftOut, ReviewMaterial, ReviewTarget } from "../../reviews/target.ts";
import type { Review } from "../../state/review-files.ts";
import type { CallContext } from "../requests.ts";
import { findBaseDir } from "../threads/base-dir.ts";
import { checkRoots, resolveDirectory } from "../threads/directories.ts";
import { type DelegationParts, readScope } from "../turns/delegation-parts.ts";
import { chooseTarget } from "./choose-target.ts";
import { findReview, isSamePlace, isSameTarget, shareFindings, toState, toTarget } from "./earlier-review.ts";
import type { ReviewOptions } from "./review-options.ts";
import type { PromptParts } from "./review-prompt.ts";
import type { ReviewRequest } from "./reviews.ts";

/** Characters of one pass, and most passes. A diff of 2,000 lines is one pass. */
const LIMITS = { maxCharacters: 150_000, maxPasses: 6 };
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
  /** Whether it holds other instructions of the agent, which cannot be left out: such a review approves nothing. */
  readonly isInstructed: boolean;
  readonly warnings: readonly string[];
}

/** Reads what is to be reviewed. Throws as `Reviews.run` does. */
export async function planReview(
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
  const { defaults } = await readScope(parts, backend.checkConfig({}).own, cwd, call);
  call.report("Reading what is to be reviewed");
  const followed = earlier !== undefined && isSameTarget(earlier, target, cwd) ? earlier : undefined;
  const since = followed === undefined ? undefined : toState(followed);
  const material = await options.readTarget(target, { cwd, since, signal: call.signal });
  checkPlace(target, cwd, material, limits.roots);
  const { passes, leftOut } = splitMaterial(material.files, LIMITS);
  const isSame = followed !== undefined && isSamePlace(followed, material);
  const decidable = isSame ? followed.findings.filter(({ isFromOtherTarget }) => isFromOtherTarget !== true) : [];
  const findings = shareFindings(passes, decidable);
  const instructing = findInstructions(backend, material, { cwd, names: defaults.instructionNames });
  const focus = request.focus ?? earlier?.focus;
  const mark = chooseMark(material, options);
  const { what, heading, top } = material;
  const common = { what, heading, kind: target.kind, top, focus, view: request.view, purpose: request.purpose, mark };
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
      ...tellInstructing(instructing, backend.agent),
    ],
  };
}

function findInstructions(
  { capabilities: { projectInstructions } }: Pick<AgentBackend, "capabilities">,
  material: ReviewMaterial,
  { cwd, names }: { readonly cwd: string; readonly names: readonly string[] | undefined },
): InstructingFiles {
  if (projectInstructions === undefined) return { docs: [], others: [] };
  const found = findInstructing(material, cwd, names);
  return projectInstructions.leaveOut === undefined ? { docs: [], others: [...found.docs, ...found.others] } : found;
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
