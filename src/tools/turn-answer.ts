// The result of a turn, as both thread tools give it: the answer first, then the fields that are not empty.

import * as z from "zod";
import type { TurnAnswer, TurnEnd } from "../delegation/requests.ts";
import { cutText } from "../domain/cut-text.ts";
import { amendError, type ErrorReport } from "../domain/errors.ts";
import type { SandboxPolicy } from "../domain/sandbox.ts";
import type { LeftRunning } from "../domain/turn.ts";
import { toCheckField } from "./check-words.ts";
import type { FinishedCall, ToolAnswer } from "./define-tool.ts";
import { toFilesField } from "./handoff-field.ts";
import { toData } from "./json-data.ts";
import { shortenText } from "./shorten-text.ts";
import { takeWithin } from "./take-within.ts";

/** Fields of a result besides thread and content; an empty one is left out. */
export const turnFields = {
  sessionId: z.string().optional(),
  data: z.unknown().optional(),
  cwd: z.string().optional(),
  sandbox: z.string().optional(),
  model: z.string().optional(),
  reasoningEffort: z.string().optional(),
  usage: z.looseObject({}).optional(),
  changes: z.array(z.looseObject({})).optional(),
  receipts: z.array(z.looseObject({})).optional(),
  proposal: z.looseObject({}).optional(),
  check: z.looseObject({}).optional(),
  commit: z.looseObject({}).optional(),
  commands: z.looseObject({}).optional(),
  warnings: z.array(z.string()).optional(),
  leftRunning: z.array(z.looseObject({})).optional(),
  outputFile: z.looseObject({}).optional(),
  durationMs: z.number().optional(),
  truncated: z.looseObject({}).optional(),
  error: z.looseObject({}).optional(),
};

/** Output schema of `codex` and `codex-reply`. It is loose, because some clients drop a whole result that does not fit. */
export const turnOutput = z.looseObject({ threadId: z.string(), content: z.string(), ...turnFields });

// Together they take less than half of a result, so that there is always room for the answer.
export const CHANGES = { items: 100, bytes: 12_000 };
export const RECEIPTS = { items: 20, bytes: 2_000 };
export const LEFT_RUNNING = { items: 20, bytes: 5_000 };
export const WARNINGS = { items: 20, bytes: 9_000 };
const DIFF_BYTES = 5_000;
const DIFF_LINES = 120;
const COMMAND_CHARACTERS = 200;
const WARNING_CHARACTERS = 500;
const SANDBOX_CHARACTERS = 2_000;

/** Writes the result of a call. Never throws. */
export function toToolEnd(end: TurnEnd, spill: (text: string) => string): FinishedCall {
  if (end.kind === "completed") return toToolAnswer(end.answer, spill);
  return { error: end.kind === "refused" ? end.error : keepAnswer(end.error, end.answer, spill), cause: end.cause };
}

/** An error whose call had an answer, which does not fit or came before a cancel, with a file of the whole answer if it is long. Never throws. */
export function keepAnswer(
  error: ErrorReport,
  { unfit, answered }: Pick<TurnAnswer, "unfit" | "answered">,
  spill: (text: string) => string,
): ErrorReport {
  const content = unfit?.content ?? answered ?? "";
  if (content === "" || content === error.agentText) return error;
  try {
    return amendError(error, { details: { answerFile: spill(content) } });
  } catch {
    // Its beginning stands in the error all the same.
    return error;
  }
}

/** Writes a turn's answer. A long one goes to a file. `beside` are further fields of the result. Never throws. */
export function toToolAnswer(
  answer: TurnAnswer,
  spill: (text: string) => string,
  beside: Readonly<Record<string, unknown>> = {},
): ToolAnswer {
  const changes = takeWithin(answer.changes, CHANGES);
  const leftRunning = takeWithin(answer.leftRunning.map(cutCommand), LEFT_RUNNING);
  const fields = {
    sessionId: answer.sessionId,
    cwd: answer.cwd,
    sandbox: cutText(describeSandbox(answer.sandbox, answer.profile), SANDBOX_CHARACTERS),
    model: answer.model,
    reasoningEffort: answer.reasoningEffort,
    usage: answer.usage,
    changes: changes.kept,
    moreChanges: changes.more,
    receipts: listReceipts(answer),
    proposal: boundProposal(answer.proposal),
    commit: answer.commit,
    check: answer.check && toCheckField(answer.check),
    commands: answer.commands.count === 0 ? undefined : answer.commands,
    // Not in the schema, which each list of the tools would pay for.
    untold: answer.untold,
    leftRunning: leftRunning.kept,
    moreLeftRunning: leftRunning.more,
    outputFile: answer.outputFile,
    handoff: answer.handoff && toFilesField(answer.handoff),
    durationMs: answer.durationMs,
  };
  const said = toWarnings(answer);
  const { data, warnings: without } = toData(answer, JSON.stringify({ ...beside, ...fields, warnings: said }));
  const warnings = [...said, ...without];
  const others = JSON.stringify({ ...beside, ...fields, ...data, warnings });
  const file = answer.outputFile?.path;
  const { content, truncated, problem } = shortenText(answer.content, others, file === undefined ? spill : () => file);
  const told = problem === undefined ? warnings : [...warnings, describeSpillProblem(problem)];
  const path = file ?? truncated?.path;
  return {
    structured: {
      threadId: answer.threadId ?? "",
      content,
      ...data,
      ...dropEmpty({ ...fields, warnings: told, truncated }),
    },
    text: content,
    links:
      path === undefined
        ? []
        : [{ name: file === undefined ? "full-answer" : "output-file", path, description: "The whole final message" }],
  };
}

/** The turn's receipt as a result names it: a list, since a job may have several turns. */
export function listReceipts(answer: TurnAnswer): readonly Readonly<Record<string, string>>[] {
  const { receipt, diffStat, earlierReceipts = [] } = answer;
  const all = [...earlierReceipts, ...(receipt === undefined ? [] : [{ id: receipt, diffStat }])];
  return all.map(({ id, diffStat }) => ({ id, ...(diffStat === undefined ? {} : { diffStat }) }));
}

/** The proposal as a result shows it: its diff takes at most `bytes` there. */
export function boundProposal(proposal: TurnAnswer["proposal"], bytes = DIFF_BYTES): TurnAnswer["proposal"] {
  const { diff } = proposal ?? {};
  if (proposal === undefined || diff === undefined) return proposal;
  const { kept, more } = takeWithin(diff.split("\n"), { items: DIFF_LINES, bytes });
  if (more === 0) return proposal;
  return { ...proposal, diff: kept.length === 0 ? undefined : [...kept, "[… the rest is left out …]"].join("\n") };
}

function cutCommand({ pid, command }: LeftRunning): LeftRunning {
  return { pid, command: cutText(command, COMMAND_CHARACTERS) };
}

function toWarnings(answer: TurnAnswer): string[] {
  const isEmpty = answer.content === "" ? ["The turn ended without a final message."] : [];
  const texts = answer.warnings.map((text) => cutText(text, WARNING_CHARACTERS));
  const { kept, more } = takeWithin(texts, WARNINGS);
  return [...kept, ...(more === 0 ? [] : [`${more} more warnings were left out.`]), ...isEmpty];
}

function describeSpillProblem(reason: string): string {
  return `The whole answer could not be kept in a file (${cutText(reason, 200)}): only its beginning and end are shown. Ask for the rest with codex-reply.`;
}

/** A sandbox in one line, e.g. `workspace-write, network, also /data` or `read-only, permission profile careful`. */
export function describeSandbox(sandbox: SandboxPolicy, profile?: string): string {
  const held = profile === undefined ? [] : [`permission profile ${profile}`];
  if (sandbox.mode !== "workspace-write") return [sandbox.mode, ...held].join(", ");
  return [
    sandbox.mode,
    ...(sandbox.networkAccess ? ["network"] : []),
    ...(sandbox.writableRoots.length > 0 ? [`also ${sandbox.writableRoots.join(" ")}`] : []),
    ...(sandbox.excludeSlashTmp ? ["not /tmp"] : []),
    ...(sandbox.excludeTmpdir ? ["not $TMPDIR"] : []),
    ...held,
  ].join(", ");
}

function dropEmpty(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const says = (value: unknown): boolean =>
    value !== undefined && value !== 0 && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => says(value)));
}
