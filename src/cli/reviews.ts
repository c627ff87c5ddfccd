// `codex-bridge reviews`: lists the reviews of this directory, and prints one.
import { describeAge } from "../delegation/threads/thread-titles.ts";
import { countOf } from "../domain/count-of.ts";
import { toPrintable, toPrintableLine } from "../domain/printable.ts";
import { type Print, type PrintedLine, paint, type Style } from "../domain/printed-line.ts";
import { createReviewFiles, type Review, type ReviewFinding } from "../state/review-files.ts";
import { pickRecords, type RecordChoice } from "./pick-records.ts";
import { readRegisteredSettings } from "./registered-settings.ts";

/** Options of the command. */
export interface ReviewsCommand extends RecordChoice {
  readonly ownPath: string;
  readonly isJson: boolean;
  readonly print: Print;
}

const COLOURS: Readonly<Record<string, Style>> = { approve: "green", "request changes": "red" };
const SEVERE: Readonly<Record<ReviewFinding["severity"], Style>> = { P0: "red", P1: "red", P2: "yellow", P3: "gray" };

/** Runs the command; resolves with the exit code. Throws BridgeError. */
export async function runReviews(command: ReviewsCommand): Promise<number> {
  const { isAll, isJson, print } = command;
  const files = createReviewFiles(readRegisteredSettings(process.cwd(), command.ownPath).stateDir);
  const none = "There is no review of this directory.";
  const picked = pickRecords(files, command, { noun: "review", code: "REVIEW_NOT_FOUND", none });
  const records = "one" in picked ? picked.one : picked.list;
  if (isJson) print(JSON.stringify(records, null, 2));
  else if ("one" in picked) showReview(picked.one, print);
  else if (picked.list.length > 0) for (const review of picked.list) print(toLine(review, isAll));
  else print(isAll ? "No reviews." : "No reviews of this directory; --all lists those of every one.");
  return 0;
}

function toLine({ id, verdict, createdAt, findings, what, project }: Review, isAll: boolean): PrintedLine {
  return [
    `${id}  `,
    paint(COLOURS[verdict] ?? "yellow", toPrintableLine(verdict).padEnd(21)),
    `${describeAge(Math.max(0, Date.now() - createdAt))}`.padStart(12),
    `  ${countOf(findings.length, "finding")}  ${toPrintableLine(what)}`,
    ...(isAll ? [`  ${toPrintableLine(project)}`] : []),
  ];
}

function showReview(review: Review, print: Print): void {
  const { cwd, model, reasoningEffort, durationMs, since, focus, summary, passes } = review;
  print(toLine(review, false));
  const ran = [
    model,
    reasoningEffort,
    `${(durationMs / 1_000).toFixed(1)} s`,
    since === undefined ? undefined : `since ${since}`,
  ];
  print(`${toPrintableLine(cwd)}  ${toPrintableLine(ran.filter((word) => word !== undefined).join(", "))}`);
  if (focus !== undefined) print(`focus: ${toPrintableLine(focus)}`);
  if (summary !== "") print(toPrintable(summary));
  for (const finding of review.findings) showFinding(finding, print);
  for (const { id, title, why } of review.settled) {
    print([
      paint("green", `settled ${toPrintableLine(id)}`),
      ` ${toPrintableLine(why === undefined ? title : `${title}: ${why}`)}`,
    ]);
  }
  for (const { path, reason } of review.leftOut)
    print([paint("gray", `left out: ${toPrintableLine(`${path}: ${reason}`)}`)]);
  for (const warning of review.warnings) print([paint("yellow", toPrintableLine(warning))]);
  for (const { threadId } of passes)
    if (threadId !== undefined) print([paint("gray", `thread ${toPrintableLine(threadId)}`)]);
}

function showFinding(finding: ReviewFinding, print: Print): void {
  const { id, severity, file, startLine, title, body, evidence, isVerified, why } = finding;
  const place = file === undefined ? "" : ` ${file}${startLine === undefined ? "" : `:${startLine}`}`;
  print([paint(SEVERE[severity], `${toPrintableLine(id)} ${severity}`), toPrintableLine(`${place} ${title}`)]);
  if (!isVerified) print([paint("yellow", `   unverified${why === undefined ? "" : `: ${toPrintableLine(why)}`}`)]);
  for (const line of evidence?.split("\n") ?? []) print([paint("gray", `   > ${toPrintableLine(line)}`)]);
  for (const line of body.split("\n")) print(`   ${toPrintableLine(line)}`);
}
