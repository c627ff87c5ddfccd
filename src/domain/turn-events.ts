// What a running turn tells: data, in the agent's own words and not yet redacted. `delegation/turns/progress/progress.ts` words it for people.
import type { PermissionRules } from "./permissions.ts";
import type { TokenUsage } from "./thread.ts";

/** A file that the agent changed. */
export interface FileChange {
  readonly path: string;
  /** `add`, `update` or `delete`, as Codex says it; `rename` where the bridge saw it. */
  readonly kind: string;
  /** Its path before a renaming. */
  readonly from?: string | undefined;
  /** Lines added and deleted, where the bridge compared the files. */
  readonly added?: number | undefined;
  readonly deleted?: number | undefined;
}

/** A step of the agent's plan. */
export interface PlanStep {
  readonly text: string;
  readonly isDone: boolean;
}

/** What a command does, as the agent reads it: it reads or searches, and changes nothing. Paths are as the agent gives them. */
export type CommandAction =
  | { readonly kind: "read"; readonly path: string }
  | { readonly kind: "list"; readonly path: string | undefined }
  | { readonly kind: "search"; readonly query: string | undefined; readonly path: string | undefined };

/** What the agent does with a subagent. */
export type SubagentAction = "start" | "message" | "wait" | "end" | "other";

/** A piece of a turn. What is only known at its end is absent before. */
export type TurnItem =
  /** `command` is what the model wrote, without the shell that runs it. */
  | {
      readonly type: "command";
      readonly command: string;
      /** All that it does, where the agent knows each part of it. */
      readonly actions?: readonly CommandAction[] | undefined;
      /** Newest line of its output while it runs. */
      readonly lastLine?: string | undefined;
      readonly exitCode?: number | undefined;
      readonly hasFailed?: boolean | undefined;
      readonly durationMs?: number | undefined;
    }
  | { readonly type: "file_change"; readonly changes: readonly FileChange[]; readonly hasFailed?: boolean | undefined }
  /** `phase` is undefined where the agent does not say which it is. */
  | { readonly type: "message"; readonly text: string; readonly phase?: "commentary" | "final" | undefined }
  | { readonly type: "reasoning"; readonly text: string }
  | {
      readonly type: "tool_call";
      readonly server: string;
      readonly tool: string;
      /** What the tool says of its progress. */
      readonly note?: string | undefined;
      readonly hasFailed?: boolean | undefined;
    }
  | { readonly type: "search"; readonly query: string }
  | { readonly type: "subagent"; readonly action: SubagentAction }
  /** The agent looks at an image. */
  | { readonly type: "image"; readonly path: string }
  /** The agent shortens the thread so that it fits into the model's context. */
  | { readonly type: "compaction" }
  /** A review of changes; `text` is what is reviewed, and at the end what was found. */
  | { readonly type: "review"; readonly text: string }
  | { readonly type: "plan"; readonly steps: readonly PlanStep[] }
  /** One that the bridge does not know, by the agent's name for it. */
  | { readonly type: "other"; readonly name: string };

/** What a running turn tells, in the order in which it happens. */
export type TurnEvent =
  /** The thread is known; before everything that the agent does. */
  | { readonly kind: "thread"; readonly threadId: string }
  /** The model has been asked. */
  | { readonly kind: "begun" }
  | {
      readonly kind: "item";
      readonly phase: "started" | "changed" | "finished";
      /** The agent's id of the item, the same in each of its phases. */
      readonly id: string;
      readonly item: TurnItem;
    }
  /** The agent's words on how it is doing, such as a connection that it tries again. No failure. */
  | { readonly kind: "notice"; readonly text: string }
  /** Commands that the sandbox refused, oldest first. */
  | { readonly kind: "refused"; readonly commands: readonly string[] }
  /** Nothing has come for this long (ms); the agent is alive. */
  | { readonly kind: "quiet"; readonly forMs: number }
  /** What the turn has used, its thread's earlier turns not included. */
  | { readonly kind: "usage"; readonly usage: TokenUsage }
  /** What the agent made of the thread's permissions, as read back. */
  | { readonly kind: "rules"; readonly rules: PermissionRules };
