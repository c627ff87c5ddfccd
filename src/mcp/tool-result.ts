// The one place that writes results and errors to the wire.
import { pathToFileURL } from "node:url";
import type * as z from "zod";
import { countOf } from "../domain/count-of.ts";
import { type ErrorReport, reportError } from "../domain/errors.ts";
import type { StartedJob, ToolAnswer } from "../tools/define-tool.ts";
import { type ErrorWriting, toErrorAnswer } from "../tools/error-answer.ts";

/** A tools/call result. */
export interface WireResult {
  readonly [key: string]: unknown;
  readonly content: { [key: string]: unknown; type: string }[];
  readonly structuredContent: Record<string, unknown>;
  readonly isError?: boolean;
}

/** Writes a success: the structured answer, its text, and links to files. */
export function toResult(answer: ToolAnswer): WireResult {
  const links = answer.links.map((link) => ({
    type: "resource_link",
    name: link.name,
    uri: pathToFileURL(link.path).href,
    description: link.description,
    mimeType: "text/plain",
  }));
  return { content: [{ type: "text", text: answer.text }, ...links], structuredContent: { ...answer.structured } };
}

/** Writes the start of a job for a client that fetches its result with `agent_job`. */
export function toStartedResult({ job, note, fields }: StartedJob): WireResult {
  const { id: jobId, threadId = "", state, position } = job;
  const place = position === undefined ? {} : { position };
  return {
    content: [{ type: "text", text: note }],
    structuredContent: { ...fields, jobId, threadId, state, ...place, content: note },
  };
}

/** Writes an error. */
export function toErrorResult(error: ErrorReport, writing: ErrorWriting): WireResult {
  const { text, structured } = toErrorAnswer(error, writing);
  return { isError: true, content: [{ type: "text", text }], structuredContent: structured };
}

/** What is wrong with the arguments, each by name; `argumentNames` are those that the tool has. */
export function toArgumentError(problem: z.ZodError, argumentNames: readonly string[]): ErrorReport {
  const unknown = problem.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" && issue.path.length === 0 ? issue.keys : [],
  );
  const others = problem.issues
    .filter((issue) => issue.code !== "unrecognized_keys" || issue.path.length > 0)
    .map((issue) => `${describePath(issue.path)} ${describeIssue(issue)}`);
  const words = [...unknown.map((name) => `unknown argument ${JSON.stringify(name.slice(0, 80))}`), ...others].slice(
    0,
    8,
  );
  return reportError("INVALID_ARGUMENT", `${words.join("; ")}.`, {
    nextStep: unknown.length > 0 ? `Valid arguments: ${argumentNames.join(", ")}.` : undefined,
  });
}

function describePath(path: readonly PropertyKey[]): string {
  return path.length === 0 ? "the arguments" : `\`${path.map(String).join(".").slice(0, 80)}\``;
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_type") {
    return issue.input === undefined && issue.message.includes("undefined")
      ? "is missing"
      : `must be of type ${issue.expected}`;
  }
  if (issue.code === "invalid_value") return `must be one of: ${issue.values.map(String).join(", ")}`;
  // A tool may have its own words for a limit; these are zod's.
  if (issue.code === "too_small" && issue.message.startsWith("Too small: ")) {
    return describeLimit("at least", issue.minimum, issue.origin);
  }
  if (issue.code === "too_big" && issue.message.startsWith("Too big: ")) {
    return describeLimit("at most", issue.maximum, issue.origin);
  }
  return issue.message;
}

function describeLimit(bound: "at least" | "at most", limit: number | bigint, origin: string): string {
  if (origin === "array") return `must have ${bound} ${countOf(Number(limit), "item")}`;
  return origin === "string"
    ? `must have ${bound} ${countOf(Number(limit), "character")}`
    : `must be ${bound} ${limit}`;
}
