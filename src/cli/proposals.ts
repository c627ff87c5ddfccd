// `codex-bridge proposals`: lists what isolated turns propose and nobody has landed or discarded.
import { describeAge } from "../delegation/threads/thread-titles.ts";
import { toPrintableLine } from "../domain/printable.ts";
import { type Print, type PrintedLine, paint } from "../domain/printed-line.ts";
import { createProposalFiles, type Proposal } from "../state/proposal-files.ts";
import { readRegisteredSettings } from "./registered-settings.ts";

/** Options of the command. */
export interface ProposalsCommand {
  readonly ownPath: string;
  readonly isAll: boolean;
  readonly isJson: boolean;
  readonly print: Print;
}

/** Runs the command; resolves with the exit code. */
export async function runProposals({ ownPath, isAll, isJson, print }: ProposalsCommand): Promise<number> {
  const cwd = process.cwd();
  const files = createProposalFiles(readRegisteredSettings(cwd, ownPath).stateDir);
  const all = files.listNewest(isAll ? undefined : cwd, Number.POSITIVE_INFINITY);
  const open = all.filter(({ state }) => state === "open");
  if (isJson) print(JSON.stringify(open, null, 2));
  else if (open.length === 0)
    print(isAll ? "No open proposals." : "No open proposals of this directory; --all lists those of every one.");
  else for (const line of open.flatMap((proposal) => toLines(proposal, isAll))) print(line);
  return 0;
}

function toLines({ id, updatedAt, diffStat, branch, worktree, title, top }: Proposal, isAll: boolean): PrintedLine[] {
  const age = describeAge(Math.max(0, Date.now() - updatedAt)).padStart(12);
  return [
    [`${id}${age}  ${diffStat ?? "no files changed"}`, paint("gray", `  ${toPrintableLine(title ?? "")}`)],
    `  branch ${toPrintableLine(branch)}, worktree ${toPrintableLine(worktree)}`,
    ...(isAll ? [`  of ${toPrintableLine(top)}`] : []),
  ];
}
