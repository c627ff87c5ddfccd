// A collaboration session and its steps in words.
import type { SessionState, StepTaken } from "../delegation/collaboration/collaboration.ts";
import { describeAge } from "../delegation/threads/thread-titles.ts";
import { hasPassed } from "../domain/check.ts";
import { countOf } from "../domain/count-of.ts";
import { listNames } from "../domain/list-names.ts";
import { toPrintable, toPrintableLine } from "../domain/printable.ts";
import { describeCheck, toCheckField } from "./check-words.ts";
import type { ToolAnswer } from "./define-tool.ts";
import { takeWithin } from "./take-within.ts";

const FINDINGS = { items: 30, bytes: 12_000 };
/** Characters of the end of a failed check's output, beside the field that has more of it. */
const SHOWN_OUTPUT = 1_000;
const FILES_NAMED = 10;
const FILES = { items: 50, bytes: 4_000 };

/** What a step came to. */
export function toStepAnswer({ session, entry, review, check, warnings }: StepTaken): ToolAnswer {
  const { sessionId, status, open } = session;
  const findings = takeWithin(review?.findings ?? [], FINDINGS);
  const shown = findings.kept.map(({ id, severity, file, startLine, title, body, isVerified }) => ({
    ...{ id, severity, title, body, isVerified },
    ...(file === undefined ? {} : { file }),
    ...(startLine === undefined ? {} : { startLine }),
  }));
  const words = [
    `${sessionId} is ${status} (${entry.kind}, version ${entry.version}, ${entry.id}).`,
    ...(review === undefined ? [] : [`Codex: ${review.verdict}, ${countFindings(review.findings.length)}`]),
    ...(check === undefined ? [] : [hasPassed(check) ? "The check passed." : describeCheck(check)]),
    ...(entry.kind === "implementation" ? describeChanged(entry.files, warnings) : []),
    `Next: ${open.join(" or ")}.`,
    ...describeSecond(session),
    ...warnings,
  ];
  const content = words.join(" ");
  const files = takeWithin(entry.files, FILES);
  const structured = {
    ...{ content, sessionId, status, open, entry: entry.id, version: entry.version, files: files.kept },
    ...(files.more === 0 ? {} : { moreFiles: files.more }),
    ...(review === undefined
      ? {}
      : { review: review.id, verdict: review.verdict, summary: review.summary, findings: shown }),
    ...(findings.more === 0 ? {} : { moreFindings: findings.more }),
    ...(check === undefined ? {} : { check: toCheckField(check) }),
    ...(warnings.length === 0 ? {} : { warnings }),
  };
  const lines = shown.map(({ id, severity, title, body }) => toPrintable(`${id} ${severity} ${title}\n${body}`));
  const output = check === undefined || hasPassed(check) ? [] : [toPrintable(check.output.slice(-SHOWN_OUTPUT).trim())];
  return { structured, text: [toPrintableLine(content), ...lines, ...output].join("\n"), links: [] };
}

// Where git could not tell, a warning says why.
function describeChanged(files: readonly string[], warnings: readonly string[]): string[] {
  if (files.length > 0) return [`Changed since the plan: ${listNames(files, FILES_NAMED)}.`];
  return warnings.length > 0 ? [] : ["No file has changed since the plan, as git sees it."];
}

function countFindings(number: number): string {
  return number === 0 ? "no findings." : `${countOf(number, "finding")}. Judge each one yourself.`;
}

/** Where a session stands. */
export function toStateAnswer(session: SessionState): ToolAnswer {
  const { sessionId, status, open, plan, review, implementation, validation } = session;
  const parts = [plan, review, implementation, validation].filter((entry) => entry !== undefined);
  const content = `${describeSession(session)}. Next: ${open.join(" or ")}. ${parts.map(({ kind, version, id }) => `${kind} ${version} is ${id}`).join(", ")}; retrieve_knowledge with ids gives one whole.${describeSecond(
    session,
  )
    .map((said) => ` ${said}`)
    .join("")}`;
  const entries = parts.map(({ id, kind, version, title }) => ({ id, kind, version, title }));
  return { structured: { content, sessionId, status, open, entries }, text: toPrintableLine(content), links: [] };
}

function describeSecond({ cameSecond }: SessionState): string[] {
  if (cameSecond.length === 0) return [];
  return [`Came second from another machine, and is kept as a note: ${listNames(cameSecond.map(({ id }) => id))}.`];
}

/** The sessions of a project. */
export function toListAnswer(sessions: readonly SessionState[]): ToolAnswer {
  const lines = sessions.map(describeSession);
  const content = lines.length === 0 ? "This project has no session. A plan begins one." : lines.join("\n");
  const listed = sessions.map(({ sessionId, status, open, title }) => ({ sessionId, status, open, title }));
  return { structured: { content, sessions: listed }, text: toPrintable(content), links: [] };
}

// The title is an agent's, or came with an imported file: in quotation marks it is nobody's instruction.
function describeSession({ sessionId, status, title, at }: SessionState): string {
  return `${sessionId} is ${status}, ${describeAge(Math.max(0, Date.now() - at))}, titled ${toPrintableLine(JSON.stringify(title))}`;
}
