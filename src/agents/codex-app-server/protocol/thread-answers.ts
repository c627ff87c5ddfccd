// Reads the answers to `thread/start`, `thread/resume` and `thread/fork`, which are alike (0.120 to 0.169).
import type { SandboxPolicy } from "../../../domain/sandbox.ts";
import { APPROVAL_POLICIES, type ApprovalPolicy } from "../../../domain/thread.ts";
import { type Fields, readFields, readFlag, readNumber, readText } from "./fields.ts";
import { readSandboxPolicy } from "./sandbox-policy.ts";

/** What a thread is doing. `unloaded`: it is on disk only. `broken`: its last turn failed; a new one may be started. */
export type ThreadStatus = "idle" | "active" | "unloaded" | "broken";

/** A thread as the server describes it. What is missing or not known here is undefined. */
export interface ServerThread {
  readonly id: string;
  /** Rollout file; an ephemeral thread has none. The file is there once the first turn has begun. */
  readonly path: string | undefined;
  readonly status: ThreadStatus | undefined;
  readonly name: string | undefined;
  /** First words of its first prompt. */
  readonly preview: string | undefined;
  readonly cwd: string | undefined;
  readonly forkedFromId: string | undefined;
  readonly isEphemeral: boolean | undefined;
  /** CLI that made it. */
  readonly cliVersion: string | undefined;
  /** Unix seconds. */
  readonly createdAt: number | undefined;
  /** Unix seconds. */
  readonly updatedAt: number | undefined;
}

/** A loaded thread and what holds for its next turn, as the server tells it. */
export interface LoadedThread {
  readonly thread: ServerThread;
  readonly cwd: string | undefined;
  readonly model: string | undefined;
  readonly modelProvider: string | undefined;
  readonly reasoningEffort: string | undefined;
  /** undefined if it is missing or not known here, as the policy with single permissions (`granular`). */
  readonly approvalPolicy: ApprovalPolicy | undefined;
  /** undefined if a part of it is missing or not known here. */
  readonly sandbox: SandboxPolicy | undefined;
  /** Permission profile in force (0.142 and later); undefined if there is none. */
  readonly profile: { readonly name: string; readonly extends: string | undefined } | undefined;
}

/** Reads the answer; undefined if it names no thread. */
export function readLoadedThread(result: Fields): LoadedThread | undefined {
  const thread = readThread(readFields(result, "thread"));
  if (thread === undefined) return undefined;
  return {
    thread,
    cwd: readText(result, "cwd"),
    model: readText(result, "model"),
    modelProvider: readText(result, "modelProvider"),
    reasoningEffort: readText(result, "reasoningEffort"),
    approvalPolicy: readApprovalPolicy(result["approvalPolicy"]),
    sandbox: readSandboxPolicy(readFields(result, "sandbox")),
    profile: readProfile(readFields(result, "activePermissionProfile")),
  };
}

/** Reads the answer to `thread/goal/get`: whether the thread has a goal that is not reached. */
export function readHasGoal(result: Fields): boolean {
  return readText(readFields(result, "goal"), "status") === "active";
}

/** Reads a thread, as in `thread/list` and `thread/read`; undefined if it has no id. */
export function readThread(fields: Fields | undefined): ServerThread | undefined {
  const id = readText(fields, "id");
  if (id === undefined) return undefined;
  return {
    id,
    path: readText(fields, "path"),
    status: readThreadStatus(readFields(fields, "status")),
    name: readText(fields, "name"),
    preview: readText(fields, "preview"),
    cwd: readText(fields, "cwd"),
    forkedFromId: readText(fields, "forkedFromId"),
    isEphemeral: readFlag(fields, "ephemeral"),
    cliVersion: readText(fields, "cliVersion"),
    createdAt: readNumber(fields, "createdAt"),
    updatedAt: readNumber(fields, "updatedAt"),
  };
}

const STATUSES: Readonly<Record<string, ThreadStatus>> = {
  idle: "idle",
  active: "active",
  notLoaded: "unloaded",
  systemError: "broken",
};

/** Reads the status of a thread, also that of `thread/status/changed`. */
export function readThreadStatus(status: Fields | undefined): ThreadStatus | undefined {
  return STATUSES[readText(status, "type") ?? ""];
}

function readApprovalPolicy(value: unknown): ApprovalPolicy | undefined {
  return APPROVAL_POLICIES.find((policy) => policy === value);
}

function readProfile(fields: Fields | undefined): LoadedThread["profile"] {
  const name = readText(fields, "id");
  return name === undefined ? undefined : { name, extends: readText(fields, "extends") };
}
