// The shape of a tool: its words and schemas for the model, and a thin handler.
import type * as z from "zod";
import type { Checkpoints } from "../delegation/checkpoints/checkpoints.ts";
import type { Collaboration } from "../delegation/collaboration/collaboration.ts";
import type { Job, Jobs } from "../delegation/jobs/job.ts";
import type { CheckJobAct } from "../delegation/jobs/job-guard.ts";
import type { SendToAgent } from "../delegation/jobs/send-message.ts";
import type { Knowledge } from "../delegation/memory/knowledge.ts";
import type { Proposals } from "../delegation/proposals/proposals.ts";
import type { Receipts } from "../delegation/receipts/receipts.ts";
import type { CallContext } from "../delegation/requests.ts";
import type { ThreadEditor, ThreadReader } from "../delegation/stored-threads/stored-threads.ts";
import type { TaskRunner } from "../delegation/tasks/run-task.ts";
import type { ReadPromptFile } from "../delegation/turns/prompt-file.ts";
import type { Failure } from "../domain/errors.ts";
import type { Logger } from "../domain/logger.ts";
import type { Redact } from "../domain/redact.ts";
import type { Agents } from "./agents.ts";

/** What a handler can use. */
export interface ToolContext {
  readonly agents: Agents;
  readonly tasks: TaskRunner;
  readonly jobs: Jobs;
  readonly threads: ThreadReader & ThreadEditor;
  readonly receipts: Receipts;
  readonly proposals: Proposals;
  /** Loaded with the first call. */
  readonly checkpoints: () => Promise<Checkpoints>;
  readonly memory: Pick<Knowledge, "store" | "find" | "read" | "list" | "notes" | "waitForStatus">;
  /** Loaded with the first call. */
  readonly collaboration: () => Promise<Collaboration>;
  /** Whether its jobs go on when the session ends. */
  readonly outlives?: boolean | undefined;
  /** Why a job ends with the session though the user wants that it does not; to be told with its start. */
  readonly startWarning?: string | undefined;
  /** Ms after which a call becomes a job, where its client takes tasks; 0 means never. */
  readonly taskAfterMs: number;
  /** The same for a call that an agent makes, and the longest that one of its calls waits for jobs. */
  readonly jobAfterMs: number;
  readonly call: CallContext;
  readonly checkJobAct: CheckJobAct;
  /** Leaves a message for the sessions of an agent in this project. */
  readonly sendToAgent: SendToAgent;
  /** Reads a prompt that a caller names by its path. */
  readonly readPromptFile: ReadPromptFile;
  /** Stores a text that is too long for a result, and returns its path. */
  readonly spill: (text: string) => string;
  /** Takes secrets out of what an error says. */
  readonly redact: Redact;
  readonly logger: Logger;
}

/** A successful result, before it is written to the wire. */
export interface ToolAnswer {
  /** Fits the tool's output schema. */
  readonly structured: Readonly<Record<string, unknown>>;
  /** The same answer as text. */
  readonly text: string;
  /** Files that belong to it. */
  readonly links: readonly { readonly name: string; readonly path: string; readonly description: string }[];
}

/** A job that goes on after this answer. It is on record already. */
export interface StartedJob {
  readonly job: Job;
  /** What the model reads now, in one paragraph of at most 2,000 characters. */
  readonly note: string;
  /** Further fields of the tool's structured result. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The end of a call that was waited for: an answer, or an error as data. */
export type FinishedCall = ToolAnswer | Failure;

/** How a call of a tool ended: with an answer, with an error as data, or with a job that goes on. */
export type ToolEnd = FinishedCall | StartedJob;

/** Hints about the effects of a tool. All four are always given. */
export interface ToolAnnotations {
  readonly readOnlyHint: boolean;
  readonly destructiveHint: boolean;
  readonly idempotentHint: boolean;
  readonly openWorldHint: boolean;
}

/** A tool. Its handler returns errors as data; an exception becomes an error result too. */
export interface Tool {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly annotations: ToolAnnotations;
  /** `_meta` of the tool, for the client. */
  readonly meta: Readonly<Record<string, unknown>>;
  readonly input: z.ZodType;
  readonly output: z.ZodType;
  /** Fields that every error result of this tool has in addition to the common ones. */
  readonly errorFields?: Readonly<Record<string, unknown>>;
  /** Runs the tool with `args` as the client sent them, without nulls. */
  readonly run: (args: unknown, context: ToolContext) => Promise<ToolEnd>;
}

/** Makes a tool whose handler gets the parsed arguments. `parse` throws for arguments that do not fit. */
export function defineTool<Input extends z.ZodType>(
  tool: Omit<Tool, "run" | "input"> & {
    readonly input: Input;
    readonly handle: (args: z.infer<Input>, context: ToolContext) => Promise<ToolEnd>;
  },
): Tool {
  const { handle, ...rest } = tool;
  return { ...rest, run: async (args, context) => handle(await tool.input.parseAsync(args), context) };
}
