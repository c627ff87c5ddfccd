// Tells the threads of a review how its findings are numbered and what was made of them, so that they can be discussed by their ids.
import { cutText } from "../../domain/cut-text.ts";
import type { Review, ReviewFinding } from "../../state/review-files.ts";
import type { DelegationParts } from "../turns/delegation-parts.ts";

const MOST_TOLD = 50;
const TITLE_CHARACTERS = 200;

/** Each thread is told with its next prompt. One that cannot be told can still be asked in words. Never throws. */
export function tellThreads({ options: { sessions, logger } }: DelegationParts, review: Review): void {
  if (review.findings.length === 0) return;
  const notice = `[codex-bridge: the findings of review ${review.id} are numbered so:\n${review.findings.slice(0, MOST_TOLD).map(toLine).join("\n")}]`;
  for (const { threadId } of review.passes) {
    try {
      const record = threadId === undefined ? undefined : sessions.get(threadId);
      if (record === undefined) continue;
      const told = record.notice === undefined ? "" : `${record.notice}\n`;
      sessions.put({ ...record, notice: `${told}${notice}` });
    } catch (error) {
      logger.warn({ err: error, threadId }, "a thread is not told the numbers of its review's findings");
    }
  }
}

function toLine({ id, severity, file, startLine, title, isVerified }: ReviewFinding): string {
  const place = file === undefined ? "" : ` ${JSON.stringify(file)}${startLine === undefined ? "" : `:${startLine}`}`;
  return `${id} ${severity}${place}: ${cutText(title, TITLE_CHARACTERS)}${isVerified ? "" : " (its quotation was not found)"}`;
}
