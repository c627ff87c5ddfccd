import * as z from "zod";
import type { Discarded, Landed } from "../delegation/proposals/proposals.ts";
import { countOf } from "../domain/count-of.ts";
import { listNames } from "../domain/list-names.ts";
import { toPrintableLine } from "../domain/printable.ts";
import { defineTool, type ToolAnswer } from "./define-tool.ts";
import { takeWithin } from "./take-within.ts";

const LISTED = { items: 50, bytes: 6_000 };
const MOST_NAMED = 5;

/** `codex-land`: takes a proposal into the working tree, or gives it up. */
export const codexLandTool = defineTool({
  name: "codex-land",
  title: "Land a Codex proposal",
  description:
    "Apply what a turn with isolation proposes to the working tree, uncommitted. Refuses conflicts whole. Can be undone.",
  annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: false, openWorldHint: false },
  meta: { "anthropic/searchHint": "apply, merge or discard the worktree branch of a Codex turn" },
  input: z.strictObject({
    proposal: z.string().optional().describe("Id from `proposal`; default: the only open one."),
    discard: z.boolean().optional().describe("Remove the worktree and its branch instead."),
  }),
  output: z.looseObject({ content: z.string() }),
  handle: async ({ proposal, discard = false }, { proposals, call }) =>
    discard
      ? describeDiscarded(await proposals.discard(proposal, call))
      : describeLanded(await proposals.land(proposal, call)),
});

function describeLanded({
  proposal,
  files,
  merged,
  diffStat,
  receipt,
  leftOut,
  ignored,
  keptBranch,
  others,
  warnings,
}: Landed): ToolAnswer {
  const listed = takeWithin(files, LISTED);
  const joined = takeWithin(merged, LISTED);
  const back = receipt === undefined ? "" : ` To take this back: codex-undo with receipt ${receipt}.`;
  const both = merged.length === 0 ? "" : ` ${countOf(merged.length, "file")} had changed here too and were merged.`;
  const content = [
    `Landed ${proposal.id}: ${diffStat}, uncommitted.${both}${leftOut.length > 0 ? describeKept(proposal, leftOut) : describeGone(proposal, keptBranch, ignored)}${back}${describeOthers(others)}`,
    ...warnings,
  ].join(" ");
  const structured = {
    ...{ content, proposal: proposal.id, files: listed.kept },
    ...(listed.more === 0 ? {} : { moreFiles: listed.more }),
    ...(merged.length === 0 ? {} : { merged: joined.kept }),
    ...(leftOut.length === 0 ? {} : { leftOut: takeWithin(leftOut, LISTED).kept, worktree: proposal.worktree }),
    ...toIgnored(ignored),
    ...(receipt === undefined ? {} : { receipt }),
    ...(others.length === 0 ? {} : { others }),
  };
  return { structured, text: [content, ...listed.kept].map(toPrintableLine).join("\n"), links: [] };
}

function describeDiscarded({ proposal, ignored, keptBranch, warnings }: Discarded): ToolAnswer {
  const content = [`Discarded ${proposal.id}.${describeGone(proposal, keptBranch, ignored)}`, ...warnings].join(" ");
  return {
    structured: { content, proposal: proposal.id, ...toIgnored(ignored) },
    text: toPrintableLine(content),
    links: [],
  };
}

const toIgnored = (ignored: Landed["ignored"]) =>
  ignored.length === 0 ? {} : { ignored: takeWithin(ignored, LISTED).kept };

// They are not discarded by themselves: one of them may have a part that is wanted.
function describeOthers(ids: readonly string[]): string {
  if (ids.length === 0) return "";
  return ` Other attempts at this task are open; codex-land with discard true removes each: ${ids.join(", ")}.`;
}

function describeKept({ id, worktree, branch }: Landed["proposal"], leftOut: Landed["leftOut"]): string {
  const named = `${worktree} and branch ${branch} are kept, since the landing left out: ${listNames(leftOut)}.`;
  return ` ${named} Take what is wanted from there; codex-land with proposal ${id} and discard true removes the rest.`;
}

const WHY_KEPT = {
  moved: "it has other commits",
  "checked-out": "it is checked out",
  unopened: "its repository could not be opened",
  "not-removed": "its worktree is still there",
};

// The commit stays in the repository until git collects it.
function describeGone(
  { branch, commit }: Landed["proposal"],
  keptBranch: Landed["keptBranch"],
  ignored: Landed["ignored"],
): string {
  const also = ignored.length === 0 ? "" : ` Removed with it, since git ignores it: ${listNames(ignored, MOST_NAMED)}.`;
  if (keptBranch !== undefined) return ` Branch ${branch} is kept, since ${WHY_KEPT[keptBranch]}.${also}`;
  const where = commit === undefined ? "" : ` (it was at ${commit.slice(0, 12)})`;
  return ` The worktree and branch ${branch} are removed${where}.${also}`;
}
