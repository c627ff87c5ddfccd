// What a job leaves: the structured result of its call, and the text that the model reads at its end.
import type { JobEnd } from "../delegation/jobs/job.ts";
import { cutText } from "../domain/cut-text.ts";
import type { Failure } from "../domain/errors.ts";
import { isRecord } from "../domain/guards.ts";
import type { Logger } from "../domain/logger.ts";
import { toPrintableLine } from "../domain/printable.ts";
import type { Redact } from "../domain/redact.ts";
import type { FinishedCall, ToolAnswer } from "./define-tool.ts";
import { toErrorAnswer, toErrorLine } from "./error-answer.ts";
import { shortenText } from "./shorten-text.ts";

/** What an end is written with. */
export interface JobWriting {
  readonly tool: string;
  /** Title of the job: the model that reads the end may not have its start any more. */
  readonly title: string;
  readonly errorFields: Readonly<Record<string, unknown>> | undefined;
  /** Stores a text that is too long, and returns its path. */
  readonly spill: (text: string) => string;
  readonly redact: Redact;
  readonly logger: Logger;
}

/** Writes the end of a job. Never throws. */
export function toJobEnd(end: FinishedCall, writing: JobWriting): JobEnd {
  if ("error" in end) return toFailedEnd(end, writing);
  const { structured } = end;
  const result = { isError: false, text: toJobText(end, writing), structured };
  return { state: "completed", threadId: toText(structured["threadId"]), result };
}

function toFailedEnd({ error, cause }: Failure, { tool, title, errorFields, redact, logger }: JobWriting): JobEnd {
  const text = `${toErrorLine(error, redact)} Title of the job: ${JSON.stringify(title)}.`;
  const { structured } = toErrorAnswer(error, { fields: errorFields, redact });
  const fields = { tool, answer: text, err: cause };
  if (error.code === "INTERNAL") logger.error(fields, "job failed");
  else logger.info(fields, "job ended with an error");
  const state = error.code === "CANCELLED" ? "cancelled" : "failed";
  return { state, threadId: error.threadId, result: { isError: true, text, structured } };
}

/** Limits of the text. Claude Code escapes `<` and `&` in it, and shows 100,000 characters of the escaped text (2.1.329; docs/claude-code.md#tasks). */
const TEXT_LIMITS = { characters: 20_000, tokens: 10_000 };
const LINE_CHARACTERS = 1_000;
const FIELDS_CHARACTERS = 6_000;

/** In this order, where they say something; other fields follow. */
const ORDER = [
  "title",
  "outcome",
  "threadId",
  "sessionId",
  "cwd",
  "sandbox",
  "model",
  "reasoningEffort",
  "changes",
  "commands",
];
/** Stand in the text already, or only serve programs. */
const LEFT_OUT = new Set([
  "content",
  "data",
  "results",
  "findings",
  "instructions",
  "summary",
  "suggestions",
  "truncated",
  "error",
]);

/** The answer as text: first the message, then the other fields in short lines. Below 20,000 characters; a longer message is in a file. */
export function toJobText(answer: ToolAnswer, { title, spill }: Pick<JobWriting, "title" | "spill">): string {
  const { text, structured } = answer;
  const fields = cutText(describeFields({ title, ...structured }), FIELDS_CHARACTERS);
  const path = answer.links[0]?.path;
  const { content, problem } = shortenText(text, fields, path === undefined ? spill : () => path, TEXT_LIMITS);
  const lost = problem === undefined ? "" : `\nThe whole message could not be kept in a file: ${cutText(problem, 200)}`;
  return `${content}\n\n${fields}${lost}`;
}

/** The fields of a result that say something, one in a line. */
export function describeFields(structured: ToolAnswer["structured"]): string {
  const rest = Object.keys(structured).filter((name) => !ORDER.includes(name) && !LEFT_OUT.has(name));
  return [...ORDER, ...rest].flatMap((name) => describeField(name, structured[name])).join("\n");
}

function describeField(name: string, value: unknown): string[] {
  const text = describeValue(value);
  return text === "" ? [] : [cutText(`${name}: ${text}`.replace(/\s+/g, " "), LINE_CHARACTERS)];
}

function describeValue(value: unknown): string {
  if (Array.isArray(value)) return value.map(describeValue).join("; ");
  if (isRecord(value)) {
    const { path, kind } = value;
    if (typeof path === "string" && typeof kind === "string") return `${kind} ${toPrintableLine(path)}`;
    return Object.entries(value)
      .map(([name, inner]) => ({ name, text: describeValue(inner) }))
      .flatMap(({ name, text }) => (text === "" ? [] : [`${name} ${text}`]))
      .join(", ");
  }
  return value === undefined || value === null ? "" : String(value);
}

function toText(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}
