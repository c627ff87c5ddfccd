// The result of a panel: who reviewed and what each found, line by line, then what they come to together.
import type { PanelEnd, PanelMember } from "../delegation/reviews/panel/panel.ts";
import type { ReviewFinding } from "../delegation/reviews/reviews.ts";
import { countOf } from "../domain/count-of.ts";
import { cutText } from "../domain/cut-text.ts";
import { toPrintableLine } from "../domain/printable.ts";
import type { Redact } from "../domain/redact.ts";
import type { Contradiction } from "../reviews/panel/contradictions.ts";
import type { PanelFinding, Told } from "../reviews/panel/merge-panel.ts";
import type { ToolAnswer } from "./define-tool.ts";
import { takeWithin } from "./take-within.ts";

// Together they stay below the 45,000 characters of a result.
const LISTED = { items: 60, bytes: 9_000 };
const FINDINGS = { items: 60, bytes: 20_000 };
const CONTRADICTIONS = { items: 20, bytes: 4_000 };
const WARNINGS = { items: 12, bytes: 4_000 };
const BODY_CHARACTERS = 1_200;
const OTHER_CHARACTERS = 400;
const LINE_CHARACTERS = 300;

/** Writes the result. Never throws. */
export function toPanelAnswer(end: PanelEnd, redact: Redact): ToolAnswer {
  const { members, verdict, isIncomplete, durationMs, cwd } = end;
  const findings = takeWithin(end.findings.map(toField), FINDINGS);
  const contradictions = takeWithin(end.contradictions.map(toSides), CONTRADICTIONS);
  const warnings = takeWithin(listWarnings(end), WARNINGS);
  const content = describePanel(end, redact);
  const structured = {
    content,
    verdict,
    reviews: members.map((member) => toMemberField(member, LISTED.bytes / members.length, redact)),
    findings: findings.kept,
    ...(findings.more === 0 ? {} : { moreFindings: findings.more }),
    ...(end.contradictions.length === 0 ? {} : { contradictions: contradictions.kept }),
    ...(contradictions.more === 0 ? {} : { moreContradictions: contradictions.more }),
    ...(isIncomplete ? { incomplete: true } : {}),
    ...(cwd === undefined ? {} : { cwd }),
    durationMs,
    ...(warnings.kept.length === 0 ? {} : { warnings: warnings.kept }),
  };
  const listed = members.map((member) => toMemberText(member, redact));
  const told = takeWithin(end.findings.map(toText), FINDINGS).kept;
  return { structured, text: [content, ...listed, ...told].join("\n\n"), links: [] };
}

function describePanel({ members, verdict, findings, contradictions, what }: PanelEnd, redact: Redact): string {
  const answered = members.flatMap((member) => ("reviewed" in member ? [member.name] : []));
  const failed = members.flatMap((member) =>
    "failure" in member ? [`${member.name} [${member.failure.error.code}]`] : [],
  );
  const agreed = findings.filter(({ agreedBy }) => agreedBy.length > 1).length;
  const sentences = [
    `Verdict: ${verdict}. ${countOf(findings.length, "finding")}, ${agreed} of them by more than one reviewer.`,
    `Reviewed: ${cutText(what, LINE_CHARACTERS)}. Reviewers: ${answered.join(", ")}.`,
    ...(failed.length === 0 ? [] : [`Did not review: ${failed.join(", ")}; the verdict is that of the others.`]),
    ...(contradictions.length === 0
      ? []
      : [`${countOf(contradictions.length, "contradiction")}: decide by the code who is right.`]),
    ...(findings.length === 0 ? [] : ["Judge each finding against the code before you act on it."]),
  ];
  return redact(sentences.join(" "));
}

function toMemberField(member: PanelMember, bytes: number, redact: Redact): Record<string, unknown> {
  if ("failure" in member) {
    const { code, message, nextStep } = member.failure.error;
    return { agent: member.id, error: { code, message: cutText(redact(`${message} ${nextStep}`), OTHER_CHARACTERS) } };
  }
  const { reviewed } = member;
  if (reviewed.review === undefined) return { agent: member.id, found: [] };
  const { review, path } = reviewed;
  const found = takeWithin(review.findings.map(toLine), { items: LISTED.items, bytes });
  return {
    ...{ agent: member.id, review: path === undefined ? undefined : review.id, verdict: review.verdict },
    ...{ threadId: review.passes.find(({ threadId }) => threadId !== undefined)?.threadId, model: review.model },
    found: found.kept,
    ...(found.more === 0 ? {} : { more: found.more, path }),
    ...(review.usage === undefined ? {} : { usage: review.usage }),
  };
}

function toMemberText(member: PanelMember, redact: Redact): string {
  if ("failure" in member) {
    const { code, message } = member.failure.error;
    return `## ${member.name}\nFailed: [${code}] ${cutText(redact(message), OTHER_CHARACTERS)}`;
  }
  const { review } = member.reviewed;
  if (review === undefined || review.findings.length === 0) return `## ${member.name}\nFound nothing.`;
  const { kept, more } = takeWithin(review.findings.map(toLine), LISTED);
  return [`## ${member.name}: ${review.verdict} (${review.id})`, ...kept, ...(more === 0 ? [] : [`${more} more`])].join(
    "\n",
  );
}

function toLine({ id, severity, file, startLine, title, isVerified }: ReviewFinding): string {
  const mark = isVerified ? "" : " (unverified)";
  return toPrintableLine(`${id} ${severity}${toPlace(file, startLine)} ${cutText(title, LINE_CHARACTERS)}${mark}`);
}

function toPlace(file: string | undefined, line: number | undefined): string {
  return file === undefined ? "" : ` ${file}${line === undefined ? "" : `:${line}`}`;
}

function toField({ from, agreedBy, title, body, evidence, why, note, isAboutRemoval, ...rest }: PanelFinding) {
  const [, ...others] = from;
  return {
    ...rest,
    ...(isAboutRemoval === true ? { isAboutRemoval } : {}),
    title: cutText(title, LINE_CHARACTERS),
    body: cutText(body, BODY_CHARACTERS),
    ...(evidence === undefined ? {} : { evidence: cutText(evidence, LINE_CHARACTERS) }),
    ...(why === undefined ? {} : { why: cutText(why, LINE_CHARACTERS) }),
    ...(note === undefined ? {} : { note: cutText(note, LINE_CHARACTERS) }),
    agreedBy,
    from: from.map(({ agent, id }) => `${agent} ${id}`),
    ...(others.length === 0 ? {} : { others: others.map(toOther) }),
  };
}

// What differs from the finding that it went into.
function toOther({ agent, id, severity, title, body, confidence, isVerified }: Told) {
  const words = { title: cutText(title, LINE_CHARACTERS), body: cutText(body, OTHER_CHARACTERS) };
  return { agent, id, severity, confidence, isVerified, ...words };
}

function toSides({ kind, says }: Contradiction) {
  const [first] = says;
  const place = first === undefined ? "" : toPlace(first.file, first.startLine).trim();
  const sides = says.map(({ agent, id, severity, title }) =>
    toPrintableLine(`${agent} ${id} ${severity} ${cutText(title, LINE_CHARACTERS)}`),
  );
  return { kind, place, says: sides };
}

function listWarnings({ members, warnings }: PanelEnd): string[] {
  const own = members.flatMap((member) => {
    if ("failure" in member) return [];
    const { review } = member.reviewed;
    const told = review === undefined ? member.reviewed.warnings : review.warnings;
    return told.map((text) => `${member.name}: ${text}`);
  });
  return [...warnings, ...own].map((text) => cutText(text, LINE_CHARACTERS));
}

function toText({
  id,
  severity,
  file,
  startLine,
  title,
  body,
  evidence,
  isVerified,
  agreedBy,
  from,
}: PanelFinding): string {
  const mark = isVerified ? "" : ", unverified";
  const who = agreedBy.length === 1 ? (agreedBy[0] ?? "") : `agreed by ${agreedBy.join(", ")}`;
  const head = toPrintableLine(`${id} ${severity}${toPlace(file, startLine)} ${title} (${who}${mark})`);
  const quote = evidence === undefined ? "" : `\n> ${cutText(evidence, LINE_CHARACTERS).replaceAll("\n", "\n> ")}`;
  const others = from
    .slice(1)
    .map((one) => `\n${toPrintableLine(`${one.agent} ${one.id}: ${one.severity} ${one.title}`)}`);
  return `${head}${quote}\n${cutText(body, BODY_CHARACTERS)}${others.join("")}`;
}
