// The result of a turn, as both thread tools give it: the answer first, further fields only where they say something.

import * as z from "zod";
import type { TurnAnswer } from "../delegation/requests.ts";
import { cutText } from "../domain/cut-text.ts";
import type { SandboxPolicy } from "../domain/sandbox.ts";
import type { ToolAnswer } from "./define-tool.ts";
import { shortenText } from "./shorten-text.ts";

/** Fields of a result besides thread and content, each there only where it says something. */
export const turnFields = {
  sessionId: z.string().optional(),
  sandbox: z.string().optional(),
  model: z.string().optional(),
  reasoningEffort: z.string().optional(),
  usage: z.looseObject({}).optional(),
  changes: z.array(z.looseObject({})).optional(),
  commands: z.looseObject({}).optional(),
  warnings: z.array(z.string()).optional(),
  leftRunning: z.array(z.looseObject({})).optional(),
  durationMs: z.number().optional(),
  truncated: z.looseObject({}).optional(),
  error: z.looseObject({}).optional(),
};

/** Output schema of `codex` and `codex-reply`: permissive, since a misfit loses the whole result in some clients. */
export const turnOutput = z.looseObject({ threadId: z.string(), content: z.string(), ...turnFields });

/** Most files that a result names. */
const MAX_CHANGES = 100;

/** Writes a turn's answer; a long one is spilled to a file. */
export function toToolAnswer(answer: TurnAnswer, spill: (text: string) => string): ToolAnswer {
  const rest = dropEmpty({
    sessionId: answer.sessionId,
    sandbox: describeSandbox(answer.sandbox),
    model: answer.model,
    reasoningEffort: answer.reasoningEffort,
    usage: answer.usage,
    changes: answer.changes.slice(0, MAX_CHANGES),
    moreChanges: Math.max(0, answer.changes.length - MAX_CHANGES),
    commands: answer.commands.count === 0 ? undefined : answer.commands,
    warnings: toWarnings(answer),
    leftRunning: answer.leftRunning,
    durationMs: answer.durationMs,
  });
  const { content, truncated } = shortenText(answer.content, JSON.stringify(rest).length, spill);
  const link = { name: "full-answer", path: truncated?.path ?? "", description: "Codex's whole final message" };
  return {
    structured: { threadId: answer.threadId, content, ...rest, ...(truncated === undefined ? {} : { truncated }) },
    text: content,
    links: truncated === undefined ? [] : [link],
  };
}

function toWarnings(answer: TurnAnswer): string[] {
  const isEmpty = answer.content === "" ? ["Codex finished without a final message."] : [];
  return [...answer.warnings.slice(0, 20).map((text) => cutText(text, 500)), ...isEmpty];
}

/** A sandbox in one line, e.g. `workspace-write, network, also /data`. */
export function describeSandbox(sandbox: SandboxPolicy): string {
  if (sandbox.mode !== "workspace-write") return sandbox.mode;
  return [
    sandbox.mode,
    ...(sandbox.networkAccess ? ["network"] : []),
    ...(sandbox.writableRoots.length > 0 ? [`also ${sandbox.writableRoots.join(" ")}`] : []),
    ...(sandbox.excludeSlashTmp ? ["not /tmp"] : []),
    ...(sandbox.excludeTmpdir ? ["not $TMPDIR"] : []),
  ].join(", ");
}

function dropEmpty(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const says = (value: unknown): boolean =>
    value !== undefined && value !== 0 && !(Array.isArray(value) && value.length === 0);
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => says(value)));
}
